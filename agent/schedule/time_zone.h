#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"

namespace tributary {

using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;

/// Rules of civil time: UTC, or Europe/London (GMT, and BST from the last Sunday of March to the last Sunday of
/// October, both at 01:00 UTC; Summer Time Order 2002). Own rules rather than the system's, so that a server's settings
/// and a missing zone database cannot move a run. Immutable.
class TimeZone {
  public:
    /// UTC.
    TimeZone() = default;
    /// One of names(); throws Error(configuration) with the list otherwise.
    static TimeZone named(std::string_view name);
    static const std::vector<std::string>& names();

    /// Offset from UTC at this moment.
    std::chrono::minutes offset(TimePoint time) const noexcept;
    /// Civil time as a count of milliseconds since 1970-01-01T00:00 local.
    LocalTime to_local(TimePoint time) const noexcept;
    /// The civil date, as days since 1970-01-01.
    std::int64_t day(TimePoint time) const noexcept;
    /// The moment of a civil time. A time that occurs twice (October) means the first; one that does not occur (March)
    /// means the moment of the change, so that a run set for 01:30 happens once on both nights. A later civil time is
    /// never an earlier moment.
    TimePoint to_utc(LocalTime local) const noexcept;
    const std::string& name() const noexcept { return name_; }

  private:
    std::string name_ = "UTC";
    bool london_ = false;
};

}  // namespace tributary
