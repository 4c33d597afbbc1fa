#include "agent/keys/base32.h"

namespace tributary {
namespace {

constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

int value_of(char c) noexcept {
    if (c >= 'a' && c <= 'z') {
        return c - 'a';
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

}  // namespace

void write_base32(std::span<const std::uint8_t> bytes, char* out) noexcept {
    while (bytes.size() >= 5) {
        const std::uint64_t bits = std::uint64_t{bytes[0]} << 32U | std::uint64_t{bytes[1]} << 24U |
                                   std::uint64_t{bytes[2]} << 16U | std::uint64_t{bytes[3]} << 8U | bytes[4];
        for (unsigned i = 0; i < 8; ++i) {
            *out++ = alphabet[bits >> (35U - 5U * i) & 31U];
        }
        bytes = bytes.subspan(5);
    }
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8U | byte;
    }
    bits <<= 40U - 8U * bytes.size();
    for (std::size_t i = 0; i < base32_length(bytes.size()); ++i) {
        *out++ = alphabet[bits >> (35U - 5U * i) & 31U];
    }
}

std::optional<std::string> from_base32(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const int value = value_of(c);
        if (value < 0) {
            return std::nullopt;
        }
        bits = (bits << 5U | static_cast<std::uint32_t>(value)) & 0xfffU;
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(bits >> count));
        }
    }
    const bool stray = (bits & ((1U << count) - 1)) != 0;
    if (count >= 5 || stray) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace tributary
