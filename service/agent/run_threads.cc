#include "service/agent/run_threads.h"

#include <numeric>
#include <utility>

#include "agent/platform/fault_point.h"

namespace tributary {

RunThreads::RunThreads(const PipelineSetup& setup, const Recipients& recipients, Outbox& outbox, Clock& clock,
                       RunProgress& progress, std::string run)
    : outbox_(outbox),
      progress_(progress),
      queued_(setup.queued),
      run_(std::move(run)),
      most_rows_(setup.workers + 2U),
      most_chunks_(setup.workers + 8U) {
    for (unsigned i = 0; i < setup.workers; ++i) {
        workers_.emplace_back([this, setup, recipients, &clock] { work(setup, recipients, clock); });
    }
    committer_ = std::thread([this] { commit_in_order(); });
}

RunThreads::~RunThreads() {
    finish();
}

void RunThreads::dispatch(std::vector<BoundGroup> groups, std::size_t bytes, bool trickled) {
    {
        const std::lock_guard lock(mutex_);
        under_way_.push_back(bytes);
        ++unsealed_;
    }
    jobs_.put(Job{next_index_++, std::move(groups), bytes, trickled});
}

std::size_t RunThreads::bytes_under_way() const {
    const std::lock_guard lock(mutex_);
    return std::accumulate(under_way_.begin(), under_way_.end(), std::size_t{0});
}

bool RunThreads::idle() const {
    const std::lock_guard lock(mutex_);
    return under_way_.empty();
}

bool RunThreads::has_room() const {
    const std::lock_guard lock(mutex_);
    return under_way_.size() < most_chunks_ && unsealed_ < most_rows_;
}

void RunThreads::wait_for_room() const {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [this] { return (under_way_.size() < most_chunks_ && unsealed_ < most_rows_) || durable_ || failure_; });
}

void RunThreads::wait_for_progress() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_.empty() || durable_ || failure_; });
}

std::optional<std::string> RunThreads::take_durable_checkpoint() {
    const std::lock_guard lock(mutex_);
    return std::exchange(durable_, std::nullopt);
}

void RunThreads::rethrow_failure() const {
    const std::lock_guard lock(mutex_);
    if (failure_) {
        std::rethrow_exception(failure_);
    }
}

void RunThreads::finish() {
    jobs_.close();
    for (auto& worker : workers_) {
        if (worker.joinable()) {
            worker.join();
        }
    }
    results_.close();
    if (committer_.joinable()) {
        committer_.join();
    }
}

void RunThreads::work(const PipelineSetup& setup, const Recipients& recipients, Clock& clock) {
    try {
        ChunkWorker worker(setup.source, setup.streams, recipients, clock);
        while (auto job = jobs_.take()) {
            if (failed()) {
                continue;
            }
            const auto index = job->index;
            Result result{index, worker.work(std::move(*job), run_)};
            fault_point(FaultPoint::agent_chunks_sealed);
            job.reset();
            {
                const std::lock_guard lock(mutex_);
                --unsealed_;
            }
            changed_.notify_all();
            results_.put(std::move(result));
        }
    } catch (...) {
        fail(std::current_exception());
    }
}

void RunThreads::commit_in_order() {
    std::map<std::uint64_t, std::vector<OutboxCommit>> waiting;
    std::uint64_t next = 0;
    try {
        while (auto result = results_.take()) {
            waiting.emplace(result->index, std::move(result->commits));
            for (auto first = waiting.find(next); first != waiting.end(); first = waiting.find(++next)) {
                if (!failed()) {
                    commit(std::move(first->second));
                }
                waiting.erase(first);
            }
        }
    } catch (...) {
        fail(std::current_exception());
    }
}

void RunThreads::commit(std::vector<OutboxCommit> commits) {
    std::string checkpoint;
    bool any = false;
    for (auto& commit : commits) {
        const auto queued = outbox_.commit(commit);
        any = any || queued.chunks > 0;
        for (const auto& chunk : commit.chunks) {
            quality_[chunk.manifest.stream].merge(chunk.manifest.quality);
        }
        for (const auto& rows : commit.open_rows) {
            quality_[rows.chunk().stream].merge(rows.quality());
        }
        chunks_ += queued.chunks;
        progress_.chunks_queued += queued.chunks;
        progress_.bytes_queued += queued.bytes;
        progress_.rows_queued += commit.totals.rows;
        checkpoint = std::move(commit.checkpoint);
    }
    {
        const std::lock_guard lock(mutex_);
        under_way_.pop_front();
        durable_ = std::move(checkpoint);
    }
    changed_.notify_all();
    if (queued_ && any) {
        queued_();
    }
}

void RunThreads::fail(std::exception_ptr failure) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) {
            failure_ = std::move(failure);
        }
    }
    changed_.notify_all();
}

bool RunThreads::failed() const {
    const std::lock_guard lock(mutex_);
    return failure_ != nullptr;
}

}  // namespace tributary
