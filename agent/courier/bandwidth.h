#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "agent/platform/clock.h"

namespace tributary {

/// Holds what all connections together send to a number of bytes in any second, whatever second one looks at. A
/// twentieth of the limit is left for what stands around the bytes counted here: TLS records, TCP and IP headers,
/// announcements. Thread-safe.
class Bandwidth {
  public:
    /// `bytes_per_second` at least 1,000.
    Bandwidth(std::uint64_t bytes_per_second, Clock& clock);

    /// How many of `wanted` bytes may be sent now, at least one; waits until some may. 0: `stop()` said so.
    std::size_t take(std::size_t wanted, const std::function<bool()>& stop);

  private:
    void refill();

    const double rate_;      // bytes a second
    const double capacity_;  // bytes that may go at once; rate and capacity together are what one second may see
    Clock& clock_;
    std::mutex mutex_;
    double allowed_;
    std::chrono::steady_clock::time_point refilled_;
};

}  // namespace tributary
