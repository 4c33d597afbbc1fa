#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/schedule/time_zone.h"

namespace tributary {

/// Parts of the day in which something may happen ("20:00-06:00"; begin inclusive, end exclusive, over midnight
/// allowed, "24:00" as an end too). None means always. Windows are civil time: one of 01:00-02:00 opens twice in the
/// night of October's change and not at all in March's. Immutable value.
class DayWindows {
  public:
    DayWindows() = default;
    /// Throws Error(input).
    DayWindows(const std::vector<std::string>& windows, TimeZone zone);
    bool open(TimePoint time) const noexcept;
    /// `time` itself if open, else the next moment at which it opens.
    TimePoint next_open(TimePoint time) const noexcept;
    /// For people: "20:00-06:00 Europe/London"; "always".
    std::string describe() const;

  private:
    struct Window {
        std::chrono::minutes begin;
        std::chrono::minutes end;  ///< not after begin: over midnight
    };
    std::vector<Window> windows_;
    TimeZone zone_;
};

}  // namespace tributary
