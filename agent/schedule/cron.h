#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

#include "agent/schedule/time_zone.h"

namespace tributary {

/// Five fields as in crontab(5): minute hour day-of-month month day-of-week. A field is a list of `*`, numbers, names
/// (jan, mon; any case), ranges and steps (`*/15`, `8-18/2`); Sunday is 0 or 7. If neither day field begins with `*`, a
/// day need match only one of them; else both. Immutable value.
///
/// Change nights: what names its hours happens once (the first time in October; at the change if March skips it). What
/// runs in every hour follows the hours as they pass, so that it pauses in neither night.
class CronExpression {
  public:
    /// Throws Error(input) that names the field and what it may hold.
    explicit CronExpression(std::string_view expression);

    /// The first moment after `after`; none if there never is one (31 February).
    std::optional<TimePoint> next(TimePoint after, const TimeZone& zone) const;

    /// Does this civil minute match? For what runs in every hour that is the whole rule.
    bool matches(LocalTime local) const noexcept;
    bool runs_every_hour() const noexcept { return hours_.all(); }

  private:
    bool matches_day(std::chrono::local_days day) const noexcept;
    std::optional<TimePoint> next_within(std::chrono::local_days day, TimePoint after, const TimeZone& zone) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;    // 1 to 31
    std::bitset<13> months_;  // 1 to 12
    std::bitset<7> weekdays_;
    bool either_day_ = false;
};

}  // namespace tributary
