#include "agent/schedule/time_zone.h"

#include "agent/platform/error.h"

namespace tributary {

namespace {

using std::chrono::last;
using std::chrono::sys_days;
using std::chrono::year;

constexpr std::chrono::minutes summer_offset{60};

struct Summer {
    TimePoint begin;
    TimePoint end;
};

Summer summer_of(year in) noexcept {
    constexpr std::chrono::hours change{1};  // UTC, both
    return {sys_days{in / std::chrono::March / std::chrono::Sunday[last]} + change,
            sys_days{in / std::chrono::October / std::chrono::Sunday[last]} + change};
}

/// Neither change is near New Year, so the UTC year and the civil year give the same summer.
year year_of(TimePoint time) noexcept {
    return std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(time)}.year();
}

}  // namespace

const std::vector<std::string>& TimeZone::names() {
    static const std::vector<std::string> all{"Europe/London", "UTC"};
    return all;
}

TimeZone TimeZone::named(std::string_view name) {
    TimeZone zone;
    if (name == "Europe/London") {
        zone.london_ = true;
    } else if (name != "UTC") {
        throw Error(ErrorCode::configuration, "there is no such time zone here; use Europe/London or UTC");
    }
    zone.name_ = name;
    return zone;
}

std::chrono::minutes TimeZone::offset(TimePoint time) const noexcept {
    if (!london_) {
        return std::chrono::minutes{0};
    }
    const auto summer = summer_of(year_of(time));
    return time >= summer.begin && time < summer.end ? summer_offset : std::chrono::minutes{0};
}

LocalTime TimeZone::to_local(TimePoint time) const noexcept {
    return LocalTime{time.time_since_epoch() + offset(time)};
}

TimePoint TimeZone::to_utc(LocalTime local) const noexcept {
    const TimePoint as_winter{local.time_since_epoch()};
    if (!london_) {
        return as_winter;
    }
    const TimePoint as_summer = as_winter - summer_offset;
    const auto summer = summer_of(year_of(as_winter));
    if (as_winter < summer.begin) {
        return as_winter;
    }
    if (as_summer < summer.begin) {
        return summer.begin;  // skipped by the clocks
    }
    return as_summer < summer.end ? as_summer : as_winter;
}

std::int64_t TimeZone::day(TimePoint time) const noexcept {
    return std::chrono::floor<std::chrono::days>(to_local(time)).time_since_epoch().count();
}

}  // namespace tributary
