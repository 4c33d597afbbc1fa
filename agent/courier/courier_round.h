#pragma once

#include <exception>
#include <functional>

#include "agent/courier/chunk_turns.h"
#include "agent/courier/courier.h"

namespace tributary {

/// For courier*.cc only.
struct Courier::Round {
    Round(Outbox& outbox, Clock& clock, const std::function<bool()>& given_stop,
          const std::function<void(const QueuedChunk&)>& given_delivered)
        : stop(given_stop), delivered(given_delivered), turns(outbox, clock, given_stop) {}

    const std::function<bool()>& stop;
    const std::function<void(const QueuedChunk&)>& delivered;
    ChunkTurns turns;
    DeliveryRound report;
    std::exception_ptr failure;
    bool paused = false;
};

}  // namespace tributary
