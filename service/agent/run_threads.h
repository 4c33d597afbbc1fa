#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "service/agent/hand_over.h"
#include "service/agent/pipeline.h"

namespace tributary {

/// The threads behind a run: workers that turn jobs into chunks, and one that commits them in the jobs' order. Jobs are
/// dispatched by the thread that drives the source, which also asks here what has become durable. After a failure
/// nothing more is committed.
class RunThreads {
  public:
    RunThreads(const PipelineSetup& setup, const Recipients& recipients, Outbox& outbox, Clock& clock,
               RunProgress& progress, std::string run);
    ~RunThreads();
    RunThreads(const RunThreads&) = delete;
    RunThreads& operator=(const RunThreads&) = delete;

    void dispatch(std::vector<BoundGroup> groups, std::size_t bytes, bool trickled);

    /// Of the values in jobs that are not durable yet.
    std::size_t bytes_under_way() const;
    /// True if nothing is under way.
    bool idle() const;
    /// Waits until a job may be dispatched, a checkpoint has become durable, or something failed.
    void wait_for_room() const;
    /// Waits until all is committed, a checkpoint has become durable, or something failed.
    void wait_for_progress() const;
    bool has_room() const;
    /// The newest durable checkpoint, once.
    std::optional<std::string> take_durable_checkpoint();

    void rethrow_failure() const;

    /// Waits for the threads to end; what was dispatched is committed, unless something failed. Then quality() and
    /// chunks() are final.
    void finish();
    const std::map<std::string, Quality>& quality() const noexcept { return quality_; }
    std::uint64_t chunks() const noexcept { return chunks_; }

  private:
    struct Result {
        std::uint64_t index = 0;
        std::vector<OutboxCommit> commits;
    };

    void work(const PipelineSetup& setup, const Recipients& recipients, Clock& clock);
    void commit_in_order();
    void commit(std::vector<OutboxCommit> commits);
    void fail(std::exception_ptr failure);
    bool failed() const;

    Outbox& outbox_;
    RunProgress& progress_;
    std::function<void()> queued_;
    std::string run_;
    std::size_t most_rows_;    // jobs whose rows are held: each worker has one, two wait for a worker
    std::size_t most_chunks_;  // jobs in all: of the others only sealed chunks are left, which wait for the disk
    HandOver<Job> jobs_;
    HandOver<Result> results_;
    std::uint64_t next_index_ = 0;  // of the dispatching thread

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::size_t unsealed_ = 0;           // jobs whose rows are held
    std::deque<std::size_t> under_way_;  // bytes of each job that is not durable yet, in order
    std::optional<std::string> durable_;
    std::exception_ptr failure_;

    std::map<std::string, Quality> quality_;  // of the committing thread until finish()
    std::uint64_t chunks_ = 0;                // likewise
    std::vector<std::thread> workers_;
    std::thread committer_;
};

}  // namespace tributary
