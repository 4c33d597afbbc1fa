#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace tributary {

/// What put_number may write.
inline constexpr std::size_t longest_number = 32;

/// A finite number, shortest form that reads back the same. Whole numbers in digits: an identifier that a database
/// hands over as a float must not come out as 1e+11.
inline char* put_number(char* out, double number) noexcept {
    constexpr double exactly_whole_below = 9'007'199'254'740'992.0;  // 2^53
    if (std::fabs(number) < exactly_whole_below && std::trunc(number) == number) {
        return std::to_chars(out, out + longest_number, static_cast<std::int64_t>(number)).ptr;
    }
    return std::to_chars(out, out + longest_number, number).ptr;
}

}  // namespace tributary
