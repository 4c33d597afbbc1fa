#include "agent/courier/chunk_turns.h"

#include <algorithm>
#include <string_view>

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
            under_way_.emplace(chunk->id, *chunk);
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
    if (auto chunk = take_from_batch()) {
        return chunk;
    }
    for (std::size_t limit = first_batch;; limit *= 2) {  // looks past the chunks that wait
        batch_ = outbox_.due(clock_.now(), limit);
        const auto found = batch_.size();
        std::erase_if(batch_, [this](const QueuedChunk& chunk) { return under_way_.contains(chunk.id); });
        auto chunk = take_from_batch();
        if (chunk || found < limit) {
            return chunk;
        }
    }
}

std::optional<QueuedChunk> ChunkTurns::take_from_batch() {
    std::set<std::string_view> passed_over;
    for (auto chunk = batch_.begin(); chunk != batch_.end(); ++chunk) {
        if (waiting_.contains(chunk->stream) || passed_over.contains(chunk->stream)) {
            continue;
        }
        if (!goes_beside_what_is_under_way(*chunk)) {
            passed_over.insert(chunk->stream);
            continue;
        }
        auto taken = std::move(*chunk);
        batch_.erase(chunk);
        return taken;
    }
    return std::nullopt;
}

bool ChunkTurns::goes_beside_what_is_under_way(const QueuedChunk& chunk) const {
    return std::all_of(under_way_.begin(), under_way_.end(), [&](const auto& other) {
        return other.second.stream != chunk.stream || other.second.queue == chunk.queue;
    });
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
    return over_ ? 0 : batch_.size();
}

}  // namespace tributary
