#pragma once

#include <cstdint>

namespace tributary {

/// A day of the proleptic Gregorian calendar.
struct CivilDate {
    std::int64_t year = 1970;
    unsigned month = 1;  ///< 1 to 12
    unsigned day = 1;    ///< 1 to 31
    bool operator==(const CivilDate&) const = default;
};

/// Days since 1970-01-01 to a date and back; right for every day that an int32 or a timestamp in microseconds can name.
/// After Howard Hinnant, "chrono-compatible low-level date algorithms": a year begins in March, so that the leap day is
/// its last, and 400 years have 146,097 days. (std::chrono's year ends at 32,767.)
constexpr CivilDate civil_date(std::int64_t days) noexcept {
    const std::int64_t shifted = days + 719'468;  // since 0000-03-01
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    const auto day_of_era = static_cast<unsigned>(shifted - era * 146'097);
    const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

constexpr std::int64_t days_since_epoch(const CivilDate& date) noexcept {
    const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

constexpr bool is_leap_year(std::int64_t year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned days_in_month(std::int64_t year, unsigned month) noexcept {
    return month == 2 ? (is_leap_year(year) ? 29U : 28U)
                      : (month == 4 || month == 6 || month == 9 || month == 11 ? 30U : 31U);
}

/// A timestamp in microseconds since 1970-01-01 as the day that holds it and what has passed of that day.
struct CivilTime {
    std::int64_t days = 0;          ///< since 1970-01-01
    std::int64_t microseconds = 0;  ///< of the day, not negative
};

constexpr CivilTime civil_time(std::int64_t microseconds) noexcept {
    constexpr std::int64_t a_day = 86'400'000'000;
    std::int64_t days = microseconds / a_day;
    std::int64_t rest = microseconds % a_day;
    if (rest < 0) {
        --days;
        rest += a_day;
    }
    return {days, rest};
}

}  // namespace tributary
