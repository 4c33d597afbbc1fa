#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/outbox/outbox_salvage.h"
#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/agent/installation.h"

namespace tributary {

/// How the agent found its queue.
struct QueueOpening {
    bool was_missing = false;
    std::optional<QueueSalvage> salvage;  ///< it was damaged, and there is a new one now
};

/// Makes sure that the queue can be opened: a salvage that was cut off is completed, and a damaged file (by
/// `known_damaged`, its write-ahead log, or its tables) is moved aside and saved from, which the log tells. On a full
/// disk the reserve is given up for it. Nobody else may have the queue. Throws Error(storage), Error(configuration).
QueueOpening prepare_queue(const Installation& installation, bool known_damaged, Clock& clock, Log& log);

/// Why no source may run: it is not known since then where they stood.
std::string positions_lost_text(TimePoint since);

}  // namespace tributary
