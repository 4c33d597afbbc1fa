#pragma once

#include <chrono>
#include <memory>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"

namespace tributary {

/// Rules of civil time: UTC, or Europe/London (GMT, and BST from the last Sunday of March to the last Sunday of
/// October, both at 01:00 UTC; Summer Time Order 2002). Own rules rather than the system's, so that a server's settings
/// and a missing zone database cannot move a run. Immutable.
class TimeZone {
  public:
    /// "UTC" or "Europe/London"; throws Error(configuration) with the list otherwise.
    static TimeZone named(std::string_view name);

    /// Offset from UTC at this moment.
    std::chrono::minutes offset(TimePoint time) const noexcept;
    /// Civil time as a count of milliseconds since 1970-01-01T00:00 local.
    std::chrono::local_time<std::chrono::milliseconds> to_local(TimePoint time) const noexcept;
    /// The moment of a civil time. A time that occurs twice (October) means the first; one that does not occur (March)
    /// means the moment of the change, so that a run set for 01:30 happens once on both nights.
    TimePoint to_utc(std::chrono::local_time<std::chrono::milliseconds> local) const noexcept;
    const std::string& name() const noexcept { return name_; }

  private:
    std::string name_;
    bool london_ = false;
};

/// When something is due. Immutable value.
///   every: 15m              every so long after the last (units s, m, h, d; 1s to 366d)
///   at: "02:00"             daily, civil time; several allowed
///   cron: "30 1 * * 1-5"    five fields, civil time (minute hour day month weekday; *, lists, ranges, steps, names;
///   day and weekday as in POSIX crontab: either) watch                   whenever there is something new: looked at
///   every `poll`
class Schedule {
  public:
    static Schedule every(std::chrono::seconds interval);
    static Schedule at(std::vector<std::chrono::minutes> times, TimeZone zone);
    /// Throws Error(input) that names the field and what it may hold.
    static Schedule cron(std::string_view expression, TimeZone zone);
    static Schedule watch(std::chrono::seconds poll);

    bool is_watch() const noexcept { return kind_ == Kind::watch; }

    /// The first moment after `after` at which it is due, given when it last was (none: never, then `every` and `watch`
    /// are due at once). None if it never is again (cron for 31 February). A clock that jumped back cannot make a run
    /// happen twice: the result is after `last` too.
    std::optional<TimePoint> next(TimePoint after, std::optional<TimePoint> last) const;

    /// For people: "every 15 minutes", "daily at 02:00 Europe/London".
    std::string describe() const;

  private:
    enum class Kind { every, at, cron, watch };
    struct Cron;
    Kind kind_ = Kind::every;
    std::chrono::seconds interval_{0};
    std::vector<std::chrono::minutes> times_;
    std::shared_ptr<const Cron> cron_;
    TimeZone zone_;
    std::string text_;
};

/// Parts of the day in which something may happen ("20:00-06:00"; begin inclusive, end exclusive, over midnight
/// allowed). None means always.
class DayWindows {
  public:
    DayWindows() = default;
    /// Throws Error(input).
    DayWindows(const std::vector<std::string>& windows, TimeZone zone);
    bool open(TimePoint time) const noexcept;
    /// `time` itself if open, else the next moment at which it opens.
    TimePoint next_open(TimePoint time) const noexcept;

  private:
    std::vector<std::pair<std::chrono::minutes, std::chrono::minutes>> windows_;
    std::optional<TimeZone> zone_;
};

/// "90s", "15m", "2h", "1d". Throws Error(input) with what it may be.
std::chrono::seconds parse_duration(std::string_view text);
/// "HH:MM". Throws Error(input).
std::chrono::minutes parse_time_of_day(std::string_view text);

}  // namespace tributary
