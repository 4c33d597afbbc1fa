#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/schedule/day_windows.h"
#include "agent/schedule/time_text.h"
#include "agent/schedule/time_zone.h"

namespace tributary {

class CronExpression;

/// When something is due. Immutable value; may be shared between threads.
///   every: 15m              every so long after the last (1s to 366d)
///   at: "02:00"             daily, civil time; several allowed
///   cron: "30 1 * * 1-5"    five fields, civil time; see CronExpression
///   watch: 5s               whenever there is something new: looked at so often (1s to 1d)
/// A time of day happens once in both nights of the year in which the clocks change.
class Schedule {
  public:
    /// Each throws Error(input) with what it may be.
    static Schedule every(std::chrono::seconds interval);
    static Schedule at(std::vector<std::chrono::minutes> times, TimeZone zone);
    static Schedule cron(std::string_view expression, TimeZone zone);
    static Schedule watch(std::chrono::seconds poll);

    bool is_watch() const noexcept { return kind_ == Kind::watch; }

    /// The first moment strictly after `after` at which it is due, given when it last was. None if it never is again
    /// (cron for 31 February). `every` and `watch` are due at once (a millisecond after `after`) if they never were or
    /// are overdue.
    /// A clock that jumped back cannot make the run of a time of day happen twice: the result is after `last` too. Only
    /// a `last` more than two days ahead is not believed, lest one wrong reading of the clock stop a source for years.
    /// `every` and `watch` are due an interval after `after` at the latest.
    std::optional<TimePoint> next(TimePoint after, std::optional<TimePoint> last) const;

    /// For people: "every 15 minutes", "daily at 02:00 Europe/London".
    std::string describe() const;

  private:
    enum class Kind { every, at, cron, watch };

    Kind kind_ = Kind::every;
    std::chrono::seconds interval_{0};
    std::vector<std::chrono::minutes> times_;  // sorted, unique
    std::shared_ptr<const CronExpression> cron_;
    TimeZone zone_;
    std::string text_;
};

}  // namespace tributary
