#include "agent/courier/chunk_turns.h"

namespace tributary {
namespace {

constexpr std::size_t first_batch = 64;

}  // namespace

std::optional<QueuedChunk> ChunkTurns::next() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (over_ || stop_()) {
            break;
        }
        if (auto chunk = find()) {
            under_way_.insert(chunk->id);
            return chunk;
        }
        if (under_way_.empty()) {
            break;
        }
        changed_.wait(lock);
    }
    over_ = true;
    changed_.notify_all();
    return std::nullopt;
}

std::optional<QueuedChunk> ChunkTurns::find() {
    for (std::size_t limit = 0;;) {
        while (position_ < batch_.size()) {
            const auto& chunk = batch_[position_++];
            if (!waiting_.contains(chunk.stream) && !under_way_.contains(chunk.id)) {
                return chunk;
            }
        }
        if (limit > 0 && batch_.size() < limit) {
            return std::nullopt;
        }
        limit = limit == 0 ? first_batch : limit * 2;  // looks past the chunks that wait
        batch_ = outbox_.due(clock_.now(), limit);
        position_ = 0;
    }
}

void ChunkTurns::finished(const QueuedChunk& chunk, bool put_off) {
    {
        const std::lock_guard lock(mutex_);
        under_way_.erase(chunk.id);
        if (put_off) {
            waiting_.insert(chunk.stream);
        }
    }
    changed_.notify_all();
}

void ChunkTurns::end() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    changed_.notify_all();
}

std::size_t ChunkTurns::left() const {
    const std::lock_guard lock(mutex_);
    return over_ ? 0 : batch_.size() - position_;
}

}  // namespace tributary
