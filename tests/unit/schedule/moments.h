#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <random>
#include <string>

#include "agent/platform/error.h"
#include "agent/schedule/time_zone.h"

namespace tributary::test {

/// A UTC moment, written as it is read.
inline TimePoint utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
    return std::chrono::sys_days{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)} +
           std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

inline LocalTime local(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
    return LocalTime{utc(year, month, day, hour, minute).time_since_epoch()};
}

/// "2026-03-29 01:00:00.000", so that a failed check can be read.
inline std::string text(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto of_day = (time - day).count();
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%d-%02u-%02u %02d:%02d:%02d.%03d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(of_day / 3600000), static_cast<int>(of_day / 60000 % 60),
                  static_cast<int>(of_day / 1000 % 60), static_cast<int>(of_day % 1000));
    return buffer;
}

inline std::string text(const std::optional<TimePoint>& time) {
    return time ? text(*time) : "never";
}

inline TimeZone london() {
    return TimeZone::named("Europe/London");
}

/// The text of the error that `call` throws; empty if it throws none.
template <typename Call>
std::string refusal(Call&& call, ErrorCode code = ErrorCode::input) {
    try {
        call();
    } catch (const Error& error) {
        return error.code() == code ? error.what() : "wrong code: " + std::string(to_string(error.code()));
    }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Seeded by a constant: a failure can be repeated.
inline std::mt19937_64 random_source() {
    return std::mt19937_64(20261122);
}

inline std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

}  // namespace tributary::test
