#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/outbox/queue_space.h"
#include "agent/schedule/time_zone.h"
#include "agent/source/source.h"
#include "agent/telemetry/log.h"
#include "service/agent/chunk_worker.h"
#include "service/agent/opt_out_gate.h"

namespace tributary {

/// What a run has done so far; for a progress bar that looks from another thread.
struct RunProgress {
    std::atomic<std::uint64_t> rows_read{0};
    std::atomic<std::uint64_t> bytes_read{0};   ///< of values in columns
    std::atomic<std::uint64_t> rows_queued{0};  ///< durable
    std::atomic<std::uint64_t> chunks_queued{0};
    std::atomic<std::uint64_t> bytes_queued{0};  ///< sealed
    std::atomic<std::uint64_t> complaints{0};    ///< errors that a source has logged
};

/// How a run ended.
struct RunReport {
    std::string run;  ///< empty if there was nothing to do and no run was recorded
    RunState state = RunState::complete;
    std::string message;        ///< why it failed
    bool out_of_space = false;  ///< interrupted because the queue has no room
    std::uint64_t chunks = 0;
    std::uint64_t complaints = 0;  ///< errors that the source logged and went on after, such as a file not taken
    std::map<std::string, Quality> quality;  ///< by stream, of what this run committed
    std::vector<OptOutChange> opt_out_changes;

    /// Counts in what an earlier run did whose work this one goes on with.
    void add(const RunReport& earlier);
};

struct PipelineSetup {
    std::string source;
    std::vector<StreamSetup> streams;  ///< in the order given to the source
    unsigned workers = 2;
    /// A run in which the source had nothing is recorded too (schedules at fixed times), or not (watched folders,
    /// looked at every few seconds).
    bool record_empty_runs = true;
    TimeZone time_zone = TimeZone();  ///< the site's: says which day it is
    /// Of these streams, kept from run to run; one of its own for the run if there is none.
    std::shared_ptr<OptOutGate> opt_outs{};
    std::shared_ptr<QueueSpace> space{};  ///< says when the source has to pause; never, if there is none
    bool waits_for_space = true;          ///< or ends the run, interrupted
    /// Called, from a thread of the run, whenever chunks became durable.
    std::function<void()> queued{};
    /// How long rows that trickle in may wait in an open chunk; without, each job makes chunks.
    std::optional<std::chrono::milliseconds> open_chunk_age{};
};

/// The way of a record from source to queue: the calling thread drives the source, worker threads de-identify, encode
/// and seal, one thread commits in order, and the source is told what is durable. Memory is bounded by the jobs under
/// way, whatever the source's size.
class Pipeline {
  public:
    /// Values (in bytes) that make a job; a few of them are under way at once.
    static constexpr std::size_t job_bytes = 5U << 20U;
    /// A job of at most so many, from a source that has no more at the moment, goes into open chunks.
    static constexpr std::size_t trickle_bytes = 256U << 10U;
    /// Streams whose policies name more fields than this have chunks of their own always (longest_begun_manifest).
    static constexpr std::size_t most_trickling_fields = 200;

    Pipeline(PipelineSetup setup, Recipients recipients, Outbox& outbox, Clock& clock, Log& log);

    /// One run: from the source's last commit until it says END, `stop()` says so (state interrupted), or something
    /// fails (state failed; everything before it stays committed and the next run goes on there). Does not throw for
    /// what a source, a policy or the disk does.
    RunReport run(Source& source, const std::function<bool()>& stop, RunProgress& progress);

  private:
    PipelineSetup setup_;
    Recipients recipients_;
    Outbox& outbox_;
    Clock& clock_;
    Log& log_;
};

}  // namespace tributary
