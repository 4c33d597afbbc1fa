#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tributary {

/// AES-SIV (RFC 5297), deterministic authenticated encryption: the same plain text gives the same sealed text, and only
/// that is given away. No associated data. Not for sharing between threads; copies are independent. Its key is in
/// locked memory and wiped at the end; OpenSSL wipes the state that it keeps of it.
class Siv {
  public:
    static constexpr std::size_t key_bytes = 64;  ///< AES-256-SIV
    static constexpr std::size_t tag_bytes = 16;

    /// A key of 32 (AES-128-SIV), 48 or 64 bytes; Error(internal) otherwise.
    explicit Siv(std::span<const std::uint8_t> key);
    ~Siv();
    Siv(const Siv& other);
    Siv(Siv&&) noexcept;
    Siv& operator=(const Siv&) = delete;
    Siv& operator=(Siv&&) = delete;

    /// The synthetic IV of tag_bytes and the cipher text behind it, into `sealed`. `plain` must not be empty.
    void seal(std::string_view plain, std::string& sealed, std::string_view associated = {});
    /// Nothing if it was not sealed with this key or was changed.
    std::optional<std::string> open(std::string_view sealed, std::string_view associated = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary
