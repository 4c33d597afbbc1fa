#include "agent/deidentify/token_hasher.h"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace tributary;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<std::uint8_t> encoded(TokenHash hash, std::string_view token, std::size_t count) {
    const TokenHasher hasher(hash, bytes_of("secret1"), bytes_of("secret2"), 1024, count);
    auto cache = hasher.make_cache();
    std::vector<std::uint8_t> bits(128);
    hasher.insert(token, count, bits, cache);
    return bits;
}

/// Of BLAKE2b, from the digests themselves: no cache can be at fault here.
std::vector<std::uint8_t> encoded_by_digests(std::string_view token, std::size_t count) {
    std::vector<std::uint8_t> bits(128);
    for (std::size_t i = 0; i < count; ++i) {
        const auto digest = KeyedBlake2b(bytes_of("secret1"), std::to_string(i / 32)).of(token);
        const std::size_t position = (digest[i % 32 * 2] | static_cast<unsigned>(digest[i % 32 * 2 + 1]) << 8U) % 1024;
        bits[position / 8] = static_cast<std::uint8_t>(bits[position / 8] | (0x80U >> (position % 8)));
    }
    return bits;
}

int population(const std::vector<std::uint8_t>& bits) {
    int count = 0;
    for (const auto byte : bits) {
        count += std::popcount(byte);
    }
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(token_hasher_tests)

// Keys and tokens from clkhash's own test of the singularity (test_bloomfilter.py).
BOOST_AUTO_TEST_CASE(singular_tokens_set_one_bit_unless_that_is_prevented) {
    for (const char* const token : {"635", "1402"}) {
        BOOST_TEST(population(encoded(TokenHash::double_hash, token, 20)) == 1);
        BOOST_TEST(population(encoded(TokenHash::double_hash_non_singular, token, 20)) > 1);
    }
    for (const char* const token : {"666", "1401"}) {
        BOOST_TEST(population(encoded(TokenHash::double_hash, token, 20)) > 1);
        BOOST_TEST(
            (encoded(TokenHash::double_hash, token, 20) == encoded(TokenHash::double_hash_non_singular, token, 20)));
    }
}

BOOST_AUTO_TEST_CASE(long_tokens_are_hashed_though_no_slot_holds_them) {
    const std::string token(PackedToken::longest + 1, 'x');
    for (const auto hash : {TokenHash::double_hash, TokenHash::blake}) {
        BOOST_TEST(population(encoded(hash, token, 40)) > 30);
        BOOST_TEST((encoded(hash, token, 40) != encoded(hash, token + "x", 40)));
    }
}

BOOST_AUTO_TEST_CASE(tokens_that_share_a_slot_do_not_share_bits) {
    for (const auto hash : {TokenHash::double_hash, TokenHash::blake}) {
        const TokenHasher hasher(hash, bytes_of("secret1"), bytes_of("secret2"), 1024, 70);
        auto cache = hasher.make_cache();
        for (int i = 0; i < 3'000; ++i) {  // three times as many as there are slots
            const auto token = std::to_string(i % 1'500);
            std::vector<std::uint8_t> bits(128);
            hasher.insert(token, 70, bits, cache);
            if (bits != (hash == TokenHash::blake ? encoded_by_digests(token, 70) : encoded(hash, token, 70))) {
                BOOST_ERROR("token " + token);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_token_of_no_bytes_is_a_token) {
    BOOST_TEST(population(encoded(TokenHash::blake, "", 5)) > 0);
    BOOST_TEST((encoded(TokenHash::blake, "", 5) != encoded(TokenHash::blake, std::string_view("\0", 1), 5)));
}

BOOST_AUTO_TEST_SUITE_END()
