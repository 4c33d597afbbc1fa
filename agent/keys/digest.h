#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/platform/locked_memory.h"

namespace tributary {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 in pieces. One thread at a time.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(std::string_view bytes);
    /// The digest of all since the start; begins anew.
    Sha256Digest finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

Sha256Digest sha256(std::string_view bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);
/// Is it what to_hex() makes of that many bytes: two lower-case hexadecimal digits each?
bool is_hex(std::string_view text, std::size_t bytes) noexcept;
/// From the operating system's random source through OpenSSL; throws Error(internal) if there is none.
void fill_random(std::span<std::uint8_t> bytes);
/// `bytes` random bytes as lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

/// HMAC-SHA256 (RFC 2104, RFC 4231) under one key, for many short messages: the two keyed states are computed once and
/// reused. Immutable after construction; may be shared between threads. Its state, as good as the key, is in locked
/// memory and wiped at the end.
class KeyedHmac {
  public:
    explicit KeyedHmac(std::span<const std::uint8_t> key);
    ~KeyedHmac();
    KeyedHmac(const KeyedHmac&) = delete;
    KeyedHmac& operator=(const KeyedHmac&) = delete;
    KeyedHmac(KeyedHmac&&) noexcept;  ///< what was moved from may only be destroyed
    Sha256Digest of(std::string_view message) const noexcept;
    /// Of two parts, one after the other.
    Sha256Digest of(std::string_view first, std::string_view second) const noexcept;

  private:
    struct State;
    Locked<State> state_;
};

/// HKDF-SHA256 (RFC 5869), extract and expand, into all of `output`: 1 to 8,160 bytes, in Locked memory where they are
/// a key.
void hkdf_sha256(std::string_view input_key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> output);
/// The same as a text, for what is no secret, or is wiped by the caller.
std::string hkdf_sha256(std::string_view input_key, std::string_view salt, std::string_view info, std::size_t length);
/// HKDF-SHA512, likewise; at most 16,320 bytes.
void hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> output);
std::string hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info, std::size_t length);

}  // namespace tributary
