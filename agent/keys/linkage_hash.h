#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "agent/platform/locked_memory.h"

namespace tributary {

// The keyed hashes of linkage encodings: SHA-1 and MD5 stand here because the clkhash schema names them, and nothing
// else may use them. Each is made once for a key and used for many short messages; immutable after construction, may
// be shared between threads, wiped at the end, and in locked memory but for BLAKE2b, whose state OpenSSL keeps.

/// HMAC-SHA1 (RFC 2104, RFC 2202).
class KeyedHmacSha1 {
  public:
    using Digest = std::array<std::uint8_t, 20>;

    explicit KeyedHmacSha1(std::span<const std::uint8_t> key);
    ~KeyedHmacSha1();
    KeyedHmacSha1(KeyedHmacSha1&&) noexcept;
    Digest of(std::string_view message) const noexcept;

  private:
    struct State;
    Locked<State> state_;
};

/// HMAC-MD5 (RFC 2104, RFC 2202).
class KeyedHmacMd5 {
  public:
    using Digest = std::array<std::uint8_t, 16>;

    explicit KeyedHmacMd5(std::span<const std::uint8_t> key);
    ~KeyedHmacMd5();
    KeyedHmacMd5(KeyedHmacMd5&&) noexcept;
    Digest of(std::string_view message) const noexcept;
    /// Of two parts, one after the other.
    Digest of(std::string_view first, std::string_view second) const noexcept;

  private:
    struct State;
    Locked<State> state_;
};

/// BLAKE2b (RFC 7693) with key and salt, 64 bytes of digest.
class KeyedBlake2b {
  public:
    using Digest = std::array<std::uint8_t, 64>;
    static constexpr std::size_t longest_key = 64;
    static constexpr std::size_t longest_salt = 16;

    /// A key of 1 to 64 bytes; a salt of at most 16, which zeros fill up. Throws Error(internal) for others.
    KeyedBlake2b(std::span<const std::uint8_t> key, std::string_view salt);
    ~KeyedBlake2b();
    KeyedBlake2b(KeyedBlake2b&&) noexcept;
    /// Throws Error(internal) if there is no memory.
    Digest of(std::string_view message) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary
