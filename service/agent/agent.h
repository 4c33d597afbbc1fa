#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/courier/courier.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/process.h"
#include "agent/telemetry/log.h"
#include "service/agent/installation.h"
#include "service/agent/pipeline.h"
#include "service/agent/queue_opening.h"
#include "service/agent/repository_connections.h"

namespace tributary {

/// What `run --once` did.
struct WorkReport {
    std::map<std::string, RunReport> runs;  ///< by source
    DeliveryRound delivery;
    bool any_failed = false;
};

/// The running agent: owns the data folder (one process at a time), the queue and the sources, and does what is due.
/// One object a process.
class Agent {
  public:
    /// Locks the data folder (Error in_use if another agent has it), opens the queue, and writes to the audit log which
    /// policies are others than the last time; throws if it cannot. The installation must have credentials. A damaged
    /// queue (the agent before said so with `queue_damaged`, or it is found now) is replaced; see prepare_queue().
    Agent(const Installation& installation, Clock& clock, Log& log, bool queue_damaged = false);
    ~Agent();

    /// All due work, then back: each source that is due runs to its end, then the queue is delivered.
    /// `deliver` false leaves delivery out. `progress` may be looked at from another thread.
    WorkReport run_once(bool deliver, const std::function<bool()>& stop, RunProgress& progress,
                        std::atomic<std::uint64_t>& delivered_chunks);

    /// Runs sources and deliveries on their schedules until `stopping()`, or until the queue
    /// turns out to be damaged; wakes up only when something is due, or when
    /// wake() is called.
    void run(const std::function<bool()>& stopping);
    /// Makes run() look at stop() now. Thread-safe.
    void wake();

    const Outbox& outbox() const noexcept { return outbox_; }
    /// The queue has turned out to be damaged: run() has ended or is about to, and the next Agent is to be told.
    bool queue_damaged() const noexcept { return outbox_.damaged(); }
    /// As Courier's. Thread-safe.
    bool met_unknown_signer() noexcept { return courier_.met_unknown_signer(); }

  private:
    /// Opens the source if it is not open; after a failure it is closed, so that the next run begins afresh.
    RunReport run_source(const PreparedSource& source, std::unique_ptr<Source>& opened,
                         const std::function<bool()>& stop, RunProgress& progress, bool waits_for_space);
    void report_run(const std::string& source, const RunReport& report);
    void note_queued(bool& flag);
    void audit_policies();
    void audit_queue();
    void audit_run(const std::string& source, const RunReport& report, std::uint64_t rows, std::uint64_t rejected);
    DeliveryRound deliver(const std::function<bool()>& stop, const std::function<void(const QueuedChunk&)>& delivered);
    /// What was done is done: if the audit log cannot be written, the log says so and the work goes on.
    void audit(AuditEvent event, const AuditDetails& details);
    /// Calls `once` until it returns false or `stop()` says so; what it throws is logged, and after a growing pause it
    /// is called again.
    void again_and_again(const std::string& what, const std::function<bool()>& stop, const std::function<bool()>& once);
    void follow_schedule(const PreparedSource& source, const std::function<bool()>& stop);
    void deliver_on_schedule(const std::function<bool()>& stop);
    /// `progress` lives as long as the source.
    SourceHost host_for(const std::string& source, const std::function<bool()>& stop, RunProgress& progress);
    /// Of a source that could not be opened.
    void record_failure(const std::string& source, RunReport& report);
    void wake_if_damaged();
    void make_room(const std::function<bool()>& stop);
    void sleep_until(TimePoint time, const std::function<bool()>& stop, const std::function<bool()>& ready);

    const Installation& installation_;
    Clock& clock_;
    Log& log_;
    FolderLock lock_;
    QueueOpening opening_;
    Outbox outbox_;
    AuditLog audit_;
    std::shared_ptr<QueueSpace> space_;
    std::map<std::string, std::shared_ptr<OptOutGate>> opt_outs_;  // by source; each of the thread that runs it
    std::vector<std::unique_ptr<Transport>> connections_;
    Courier courier_;  // of the thread that delivers; remembers an outage from round to round
    std::mutex mutex_;
    std::condition_variable wake_;
    bool queued_ = false;           // a run that queued something ended since the courier last looked
    bool queued_in_a_run_ = false;  // likewise, of a run that goes on
};

}  // namespace tributary
