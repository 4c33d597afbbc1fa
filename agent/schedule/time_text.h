#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// The longest interval that is taken for meant.
inline constexpr std::chrono::seconds longest_duration = std::chrono::days(366);

/// "90s", "15m", "2h", "1d"; 0 to 366d. Throws Error(input) with what it may be.
std::chrono::seconds parse_duration(std::string_view text);
/// "HH:MM", 00:00 to 23:59. Throws Error(input).
std::chrono::minutes parse_time_of_day(std::string_view text);

/// For people: "15 minutes", "1 hour"; in the largest unit that divides it.
std::string duration_text(std::chrono::seconds duration);
/// "02:00".
std::string time_of_day_text(std::chrono::minutes time);

/// Digits alone, at most `most_digits` of them; nothing else, no sign.
std::optional<int> parse_digits(std::string_view text, std::size_t most_digits) noexcept;

}  // namespace tributary
