#include "agent/deidentify/token_hasher.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace tributary {
namespace {

constexpr std::size_t positions_a_digest = 32;  // 64 bytes, two a position

/// Nothing for a token that is too long to be kept.
std::optional<PackedToken> packed(std::string_view token) noexcept {
    if (token.size() > PackedToken::longest) {
        return std::nullopt;
    }
    std::array<unsigned char, 16> bytes{};
    std::copy(token.begin(), token.end(), bytes.begin());
    bytes.back() = static_cast<unsigned char>(token.size() + 1);
    PackedToken key;
    std::memcpy(&key.low, bytes.data(), sizeof key.low);
    std::memcpy(&key.high, bytes.data() + sizeof key.low, sizeof key.high);
    return key;
}

std::size_t slot_of(const PackedToken& token, std::size_t part) noexcept {
    std::uint64_t mixed = (token.low ^ part) * 0x9e3779b97f4a7c15U;  // 2^64 divided by the golden ratio
    mixed = (mixed ^ (mixed >> 32U) ^ token.high) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(mixed >> (64U - TokenCache::slot_bits));
}

/// A digest, read as one big-endian number, modulo the length.
template <std::size_t Size>
std::uint32_t remainder_of(const std::array<std::uint8_t, Size>& digest, std::uint32_t length) noexcept {
    static_assert(Size % 4 == 0);
    std::uint64_t remainder = 0;
    for (std::size_t i = 0; i < Size; i += 4) {
        const std::uint64_t word = std::uint64_t{digest[i]} << 24U | std::uint64_t{digest[i + 1]} << 16U |
                                   std::uint64_t{digest[i + 2]} << 8U | std::uint64_t{digest[i + 3]};
        remainder = (remainder << 32U | word) % length;
    }
    return static_cast<std::uint32_t>(remainder);
}

void set_bit(std::span<std::uint8_t> bits, std::size_t position) noexcept {
    auto& byte = bits[position >> 3U];
    byte = static_cast<std::uint8_t>(byte | (0x80U >> (position & 7U)));
}

/// The character of this number in UTF-8, as Python's chr(i).encode() has it; 0 to U+07FF.
std::string character(std::uint32_t number) {
    if (number < 0x80U) {
        return {static_cast<char>(number)};
    }
    return {static_cast<char>(0xc0U | (number >> 6U)), static_cast<char>(0x80U | (number & 0x3fU))};
}

}  // namespace

TokenHasher::TokenHasher(TokenHash hash, std::span<const std::uint8_t> first_key,
                         std::span<const std::uint8_t> second_key, std::size_t length, std::size_t most_bits)
    : hash_(hash), length_(static_cast<std::uint32_t>(length)) {
    if (hash != TokenHash::blake) {
        sha1_.emplace(first_key);
        md5_.emplace(second_key);
        return;
    }
    const std::size_t parts = (most_bits + positions_a_digest - 1) / positions_a_digest;
    for (std::size_t part = 0; part < parts; ++part) {
        blake_.emplace_back(first_key, std::to_string(part));
    }
}

TokenCache TokenHasher::make_cache() const {
    constexpr std::size_t slots = std::size_t{1} << TokenCache::slot_bits;
    TokenCache cache;
    if (hash_ == TokenHash::blake) {
        cache.blocks.resize(slots);
    } else {
        cache.pairs.resize(slots);
    }
    return cache;
}

void TokenHasher::insert(std::string_view token, std::size_t count, std::span<std::uint8_t> bits,
                         TokenCache& cache) const {
    if (hash_ == TokenHash::blake) {
        insert_blocks(token, count, bits, cache);
        return;
    }
    const auto key = packed(token);
    if (!key) {
        insert_pair(pair_of(token), count, bits);
        return;
    }
    auto& slot = cache.pairs[slot_of(*key, 0)];
    if (slot.token != *key) {
        slot = pair_of(token);
        slot.token = *key;
    }
    insert_pair(slot, count, bits);
}

TokenCache::Pair TokenHasher::pair_of(std::string_view token) const {
    // Two thousand tries that all give 0 do not happen (each does with one in `length`); they end the search.
    constexpr std::uint32_t most_tries = 0x800;
    TokenCache::Pair pair;
    pair.first = remainder_of(sha1_->of(token), length_);
    pair.step = remainder_of(md5_->of(token), length_);
    if (hash_ == TokenHash::double_hash_non_singular) {
        for (std::uint32_t i = 0; pair.step == 0 && i < most_tries; ++i) {
            pair.step = remainder_of(md5_->of(token, character(i)), length_);
        }
    }
    return pair;
}

void TokenHasher::insert_pair(const TokenCache::Pair& pair, std::size_t count,
                              std::span<std::uint8_t> bits) const noexcept {
    std::uint32_t position = pair.first;
    for (; count > 0; --count) {
        set_bit(bits, position);
        position += pair.step;
        position -= position >= length_ ? length_ : 0;
    }
}

void TokenHasher::insert_blocks(std::string_view token, std::size_t count, std::span<std::uint8_t> bits,
                                TokenCache& cache) const {
    const auto key = packed(token);
    KeyedBlake2b::Digest computed;
    for (std::size_t part = 0; count > 0; ++part) {
        const KeyedBlake2b::Digest* digest = &computed;
        if (key) {
            auto& slot = cache.blocks[slot_of(*key, part)];
            if (slot.token != *key || slot.part != part) {
                slot = {*key, part, blake_[part].of(token)};
            }
            digest = &slot.digest;
        } else {
            computed = blake_[part].of(token);
        }
        const std::size_t here = std::min(count, positions_a_digest);
        for (std::size_t i = 0; i < here; ++i) {
            // clkhash unpacks them in the machine's own order, which is little-endian where it runs.
            const auto number = static_cast<std::uint32_t>((*digest)[2 * i] | (*digest)[2 * i + 1] << 8);
            set_bit(bits, number & (length_ - 1));
        }
        count -= here;
    }
}

}  // namespace tributary
