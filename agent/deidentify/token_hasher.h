#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent/deidentify/linkage_schema.h"
#include "agent/keys/linkage_hash.h"

namespace tributary {

/// A short token as a key of the caches below: its bytes, zeros, and its length plus one, so that no token is all zero.
struct PackedToken {
    static constexpr std::size_t longest = 15;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const PackedToken&) const = default;
};

/// What was computed for the tokens of one feature: there are only some hundred pairs of letters, and a token's hash
/// costs thirty times what finding it here does. A slot holds one token; a later one takes it over. One thread at a
/// time.
class TokenCache {
  public:
    struct Pair {
        PackedToken token;
        std::uint32_t first = 0;  ///< HMAC-SHA1 modulo the length
        std::uint32_t step = 0;   ///< HMAC-MD5 modulo the length
    };
    struct Block {
        PackedToken token;
        std::size_t part = 0;  ///< which digest of the token
        KeyedBlake2b::Digest digest{};
    };
    static constexpr unsigned slot_bits = 10;

    std::vector<Pair> pairs;    ///< 2^slot_bits, or none for BLAKE2b
    std::vector<Block> blocks;  ///< 2^slot_bits, or none for double hashing
};

/// Sets the bits of a feature's tokens in an encoding. Immutable; may be shared between threads, each with its own
/// cache.
class TokenHasher {
  public:
    /// `length`: bits of an encoding before it is folded, as LinkageSchema allows them for the hash. `most_bits`: of
    /// one token.
    TokenHasher(TokenHash hash, std::span<const std::uint8_t> first_key, std::span<const std::uint8_t> second_key,
                std::size_t length, std::size_t most_bits);

    TokenCache make_cache() const;

    /// Sets `count` bits, not all of them different; bit 0 is the highest of the first byte.
    void insert(std::string_view token, std::size_t count, std::span<std::uint8_t> bits, TokenCache& cache) const;

  private:
    TokenCache::Pair pair_of(std::string_view token) const;
    void insert_pair(const TokenCache::Pair& pair, std::size_t count, std::span<std::uint8_t> bits) const noexcept;
    void insert_blocks(std::string_view token, std::size_t count, std::span<std::uint8_t> bits,
                       TokenCache& cache) const;

    TokenHash hash_;
    std::uint32_t length_;
    std::optional<KeyedHmacSha1> sha1_;
    std::optional<KeyedHmacMd5> md5_;
    std::vector<KeyedBlake2b> blake_;  ///< for each part of a token's digests, since the salt is its number
};

}  // namespace tributary
