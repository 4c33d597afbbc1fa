#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tributary {

/// Characters that `bytes` bytes take.
constexpr std::size_t base32_length(std::size_t bytes) noexcept {
    return (bytes * 8 + 4) / 5;
}

/// RFC 4648, section 6, in lower case and without padding: writes base32_length(bytes.size()) characters. In lower case
/// since SQL Server compares without case by default.
void write_base32(std::span<const std::uint8_t> bytes, char* out) noexcept;

/// Nothing unless the text is exactly what write_base32 writes, in either case.
std::optional<std::string> from_base32(std::string_view text);

}  // namespace tributary
