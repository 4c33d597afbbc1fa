#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "agent/telemetry/log.h"

namespace tributary {

/// How much of its disk the queue may take, in bytes.
struct SpaceLimits {
    std::uint64_t quota = 0;      ///< of the queue file in use
    std::uint64_t keep_free = 0;  ///< of the disk
};

/// Says whether sources may bring more, so that the queue bounds what it takes and nothing of it need ever be thrown
/// away. Closes at a limit and opens again once there is clearly room: below nine tenths of the quota, and with a
/// quarter more free than has to be. Thread-safe.
class QueueSpace {
  public:
    using Bytes = std::function<std::uint64_t()>;
    enum class Room {
        open,
        taken,  ///< by what is under way: once that is in the queue it will be seen
        closed  ///< until something was delivered, or the disk has more room
    };

    /// `used`: of the queue; `free`: what is left of its disk to the queue. Both are asked at each look. If they throw
    /// Error, what was known before counts.
    QueueSpace(SpaceLimits limits, Bytes used, Bytes free, Log& log);

    /// `under_way`: bytes that were taken and are not in the queue yet. Logs when it closes and when it opens.
    Room look(std::uint64_t under_way = 0);
    /// Why it is closed; empty while it is not.
    std::string why_closed() const;

  private:
    std::string obstacle(std::uint64_t used, std::uint64_t free, bool closed) const;

    SpaceLimits limits_;
    Bytes used_;
    Bytes free_;
    Log& log_;
    mutable std::mutex mutex_;
    std::string closed_;  // why
};

/// "12.5 MiB", for people.
std::string bytes_text(std::uint64_t bytes);

}  // namespace tributary
