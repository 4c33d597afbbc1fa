#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/platform/clock.h"

namespace tributary {

/// Which chunk goes next in one round of deliveries: every due one once, each stream's in its order. Several threads
/// carry chunks at the same time, so that one may arrive a little before its predecessor; but behind one that was put
/// off, nothing more of its stream is begun, and no chunk goes beside one of an earlier queue of its stream, since the
/// repository orders queues by what comes first. Thread-safe. Throws what Outbox::due throws.
class ChunkTurns {
  public:
    /// All must outlive it.
    ChunkTurns(Outbox& outbox, Clock& clock, const std::function<bool()>& stop)
        : outbox_(outbox), clock_(clock), stop_(stop) {}

    /// The next chunk, which the caller carries and reports to finished(). Waits while there is none but others are
    /// under way, since more may be queued meanwhile. Nothing: the round is over.
    std::optional<QueuedChunk> next();
    /// `put_off`: the chunk stays in the queue and its stream waits.
    void finished(const QueuedChunk& chunk, bool put_off);
    /// Nothing more is handed out.
    void end();
    /// How many there may be to hand out yet, as of the last look into the queue.
    std::size_t left() const;

  private:
    std::optional<QueuedChunk> find();
    std::optional<QueuedChunk> take_from_batch();
    bool goes_beside_what_is_under_way(const QueuedChunk& chunk) const;

    Outbox& outbox_;
    Clock& clock_;
    const std::function<bool()>& stop_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<QueuedChunk> batch_;                          // of the last look, less what was handed out
    std::unordered_map<std::string, QueuedChunk> under_way_;  // by id
    std::set<std::string> waiting_;                           // streams of which a chunk was put off
    bool over_ = false;
};

}  // namespace tributary
