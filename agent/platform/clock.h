#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tributary {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// Time as the agent sees it; passed in, so that tests own it. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    /// Wall clock, UTC. May jump either way.
    virtual TimePoint now() const = 0;
    /// Never goes back; for durations and time-outs.
    virtual std::chrono::steady_clock::time_point steady() const = 0;
    /// Waits on `condition` (with `lock` held) until `ready()` or `duration` has passed on this clock. Returns ready().
    virtual bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                          std::chrono::milliseconds duration, const std::function<bool()>& ready) = 0;
};

Clock& system_clock();

/// RFC 3339 in UTC with milliseconds: 2026-11-22T08:30:00.000Z.
std::string to_rfc3339(TimePoint time);
/// The reverse; throws Error(input).
TimePoint from_rfc3339(std::string_view text);

}  // namespace tributary
