#include "agent/keys/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

std::string repeat(char byte, std::size_t count) {
    return std::string(count, byte);
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}

std::span<const std::uint8_t> span_of(std::string_view bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// OpenSSL's own HMAC, a path that shares no code with ours but the compression function.
std::string reference_hmac(std::string_view key, std::string_view message) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
    const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                            &EVP_MAC_CTX_free);
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    Sha256Digest digest{};
    std::size_t size = 0;
    const auto* const data = reinterpret_cast<const unsigned char*>(message.data());
    // A key of no bytes still needs an address, or OpenSSL takes the key to be unset.
    const auto* const key_data = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
    BOOST_REQUIRE(EVP_MAC_init(context.get(), key_data, key.size(), parameters) == 1);
    BOOST_REQUIRE(EVP_MAC_update(context.get(), data, message.size()) == 1);
    BOOST_REQUIRE(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
    return to_hex(digest);
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
    std::string bytes(size, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random() & 0xffU); });
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(digest_tests)

BOOST_AUTO_TEST_CASE(sha256_gives_the_answers_of_fips_180) {
    BOOST_TEST(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

BOOST_AUTO_TEST_CASE(pieces_give_the_digest_of_the_whole_and_finish_begins_anew) {
    std::mt19937 random(1);
    Sha256 digest;
    for (int round = 0; round < 50; ++round) {
        const auto text = random_bytes(random, random() % 500);
        const auto cut = text.empty() ? 0 : random() % text.size();
        digest.update(std::string_view(text).substr(0, cut));
        digest.update(std::string_view(text).substr(cut));
        BOOST_TEST(to_hex(digest.finish()) == to_hex(sha256(text)));
    }
}

// RFC 4231, sections 4.2 to 4.8 (4.6 is about truncation: its first 16 bytes).
BOOST_AUTO_TEST_CASE(hmac_gives_the_answers_of_rfc_4231) {
    struct Case {
        std::string key, message, answer;
    };
    const std::vector<Case> cases = {
        {repeat('\x0b', 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeat('\xaa', 20), repeat('\xdd', 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), repeat('\xcd', 50),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {repeat('\x0c', 20), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
        {repeat('\xaa', 131), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {repeat('\xaa', 131),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
    for (const auto& [key, message, answer] : cases) {
        const KeyedHmac hmac(span_of(key));
        BOOST_TEST(to_hex(hmac.of(message)).substr(0, answer.size()) == answer);
    }
}

BOOST_AUTO_TEST_CASE(hmac_agrees_with_openssl_for_keys_and_messages_of_any_length) {
    std::mt19937 random(2);
    for (int round = 0; round < 500; ++round) {
        const auto key = random_bytes(random, random() % 200);
        const auto message = random_bytes(random, random() % 300);
        const auto cut = message.empty() ? 0 : random() % message.size();
        const KeyedHmac hmac(span_of(key));
        const auto expected = reference_hmac(key, message);
        BOOST_TEST(to_hex(hmac.of(message)) == expected);
        BOOST_TEST(to_hex(hmac.of(std::string_view(message).substr(0, cut), std::string_view(message).substr(cut))) ==
                   expected);
    }
}

BOOST_AUTO_TEST_CASE(one_keyed_hmac_serves_many_threads) {
    const std::string key(32, 'k');
    const KeyedHmac hmac(span_of(key));
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            const auto message = "message " + std::to_string(t);
            const auto expected = hmac.of(message);
            for (int round = 0; round < 2000; ++round) {
                wrong[t] += hmac.of(message) == expected ? 0 : 1;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        BOOST_TEST(wrong[t] == 0);
        BOOST_TEST(to_hex(hmac.of("message " + std::to_string(t))) ==
                   reference_hmac(key, "message " + std::to_string(t)));
    }
}

BOOST_AUTO_TEST_CASE(a_moved_hmac_keeps_its_key) {
    const std::string key = "Jefe";
    KeyedHmac hmac(span_of(key));
    const KeyedHmac moved(std::move(hmac));
    BOOST_TEST(to_hex(moved.of("what do ya want for ", "nothing?")) ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869, appendix A.1 to A.3 (the SHA-256 ones).
BOOST_AUTO_TEST_CASE(hkdf_gives_the_answers_of_rfc_5869) {
    const auto ikm = repeat('\x0b', 22);
    const auto hex = [](const std::string& bytes) { return to_hex(span_of(bytes)); };
    BOOST_TEST(hex(hkdf_sha256(ikm, from_hex("000102030405060708090a0b0c"), from_hex("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    std::string counted_ikm, counted_salt, counted_info;
    for (int i = 0; i < 80; ++i) {
        counted_ikm.push_back(static_cast<char>(i));
        counted_salt.push_back(static_cast<char>(0x60 + i));
        counted_info.push_back(static_cast<char>(0xb0 + i));
    }
    BOOST_TEST(hex(hkdf_sha256(counted_ikm, counted_salt, counted_info, 82)) ==
               "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
               "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    BOOST_TEST(hex(hkdf_sha256(ikm, "", "", 42)) ==
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

BOOST_AUTO_TEST_CASE(hkdf_refuses_more_than_its_algorithm_gives) {
    BOOST_TEST(hkdf_sha256("key", "", "", 8160).size() == 8160U);
    BOOST_CHECK_THROW(hkdf_sha256("key", "", "", 8161), Error);
    BOOST_CHECK_THROW(hkdf_sha256("key", "", "", 0), Error);
}

BOOST_AUTO_TEST_CASE(random_texts_differ_and_are_lower_case_hexadecimal) {
    const auto first = random_hex(16);
    BOOST_TEST(first.size() == 32U);
    BOOST_TEST((first.find_first_not_of("0123456789abcdef") == std::string::npos));
    BOOST_TEST(first != random_hex(16));
    BOOST_TEST(random_hex(0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
