#include "service/agent/pipeline.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "service/agent/run_threads.h"

#include "agent/platform/fault_point.h"

namespace tributary {

namespace {

/// While groups wait to be committed, the source is asked for more only so long: a sender may be waiting for its
/// acknowledgement.
constexpr std::chrono::milliseconds pending_wait{5};
constexpr std::chrono::milliseconds idle_wait{200};
/// Groups of a source that never pauses are dispatched at least this often.
constexpr std::chrono::milliseconds longest_gathering{250};

bool narrow(const StreamSetup& stream) {
    return stream.policy->rules().size() <= Pipeline::most_trickling_fields;
}

/// The source's side of a run: reads groups, binds the policies to their schemas, gathers them into jobs, and passes
/// durable checkpoints back.
class Reader {
  public:
    Reader(const PipelineSetup& setup, const Recipients& recipients, Outbox& outbox, Clock& clock, Log& log,
           Source& source, RunProgress& progress)
        : setup_(setup),
          recipients_(recipients),
          outbox_(outbox),
          clock_(clock),
          log_(log),
          source_(source),
          progress_(progress),
          deidentifiers_(setup.streams.size()),
          may_trickle_(setup.open_chunk_age && std::all_of(setup.streams.begin(), setup.streams.end(), narrow)) {}

    RunReport run(const std::function<bool()>& stop);

  private:
    RunState read_until_end(const std::function<bool()>& stop);
    void take(Group group);
    std::shared_ptr<const Deidentifier> bind(std::uint32_t stream, const std::shared_ptr<const Schema>& schema);
    /// `trickles`: the source has no more at the moment, or has long been at little.
    void dispatch(bool trickles = false);
    void close_old_open_chunk();
    void count(const QueuedChunks& queued);
    QueueSpace::Room look_for_room() const;
    bool wait_for_room(const std::function<bool()>& stop);
    void pass_on_durable();
    void drain();
    void begin();
    bool gathered_long_enough() const;
    std::shared_ptr<const OptOutList> current_opt_outs(std::size_t stream);
    void retract_newly_listed();
    void settle(std::size_t stream, const std::shared_ptr<const OptOutList>& list);

    const PipelineSetup& setup_;
    const Recipients& recipients_;
    Outbox& outbox_;
    Clock& clock_;
    Log& log_;
    Source& source_;
    RunProgress& progress_;
    std::vector<std::shared_ptr<const Deidentifier>> deidentifiers_;
    const bool may_trickle_;
    std::map<std::uint32_t, std::shared_ptr<const OptOutList>> opt_outs_;  // by stream, of the group in hand
    std::vector<OptOutChange> opt_out_changes_;
    std::unique_ptr<RunThreads> threads_;
    std::string run_;
    bool out_of_space_ = false;
    std::vector<BoundGroup> gathered_;
    std::size_t gathered_bytes_ = 0;
    std::chrono::steady_clock::time_point gathering_since_;
    std::optional<std::chrono::steady_clock::time_point> open_since_;  // there may be rows in open chunks
    std::uint64_t closed_chunks_ = 0;
};

RunReport Reader::run(const std::function<bool()>& stop) {
    RunReport report;
    const std::uint64_t complaints_before = progress_.complaints;
    try {
        if (wait_for_room(stop)) {
            if (setup_.record_empty_runs) {
                begin();
            }
            retract_newly_listed();
            source_.start(outbox_.checkpoint(setup_.source));
            report.state = read_until_end(stop);
        } else {
            report.state = RunState::interrupted;
        }
        if (out_of_space_) {
            report.out_of_space = true;
            report.message = setup_.space->why_closed();
        }
    } catch (const std::exception& error) {
        report.state = RunState::failed;
        report.message = error.what();
    }
    if (threads_) {
        threads_->finish();
        report.quality = threads_->quality();
        report.chunks = threads_->chunks();
    }
    for (const auto& change : opt_out_changes_) {
        report.chunks += change.chunks;
    }
    report.opt_out_changes = std::move(opt_out_changes_);
    report.complaints = progress_.complaints - complaints_before;
    if (report.complaints > 0 && report.message.empty()) {
        report.message = "the source reported " + std::to_string(report.complaints) +
                         (report.complaints == 1 ? " error" : " errors") + "; the log tells what";
    }
    try {
        if (report.complaints > 0 || report.state == RunState::failed) {
            begin();  // status shows it
        }
    } catch (const Error& error) {
        log_.error("a run could not be recorded", {{"source", setup_.source}, {"error", error.what()}});
    }
    report.run = run_;
    if (!run_.empty()) {
        try {
            fault_point(FaultPoint::agent_before_run_end);
            count(outbox_.end_run(run_, report.state, report.message));
        } catch (const Error& error) {
            log_.error("the end of a run could not be recorded", {{"source", setup_.source}, {"error", error.what()}});
        }
    }
    report.chunks += closed_chunks_;
    return report;
}

RunState Reader::read_until_end(const std::function<bool()>& stop) {
    while (true) {
        if (threads_) {
            threads_->rethrow_failure();
            pass_on_durable();
        }
        if (stop()) {
            dispatch();
            drain();
            return RunState::interrupted;
        }
        close_old_open_chunk();
        if (const auto room = look_for_room(); room == QueueSpace::Room::taken) {
            dispatch();
            threads_->wait_for_progress();
            continue;
        } else if (room == QueueSpace::Room::closed) {
            dispatch();
            drain();
            if (!wait_for_room(stop)) {
                return RunState::interrupted;
            }
            continue;
        }
        if (threads_ && !threads_->has_room()) {
            threads_->wait_for_room();
            continue;
        }
        const bool pending = !gathered_.empty() || (threads_ && !threads_->idle());
        Group group;
        switch (source_.read(pending ? pending_wait : idle_wait, group)) {
            case Source::ReadResult::group:
                take(std::move(group));
                if (gathered_bytes_ >= Pipeline::job_bytes || gathered_long_enough()) {
                    dispatch(true);
                }
                break;
            case Source::ReadResult::nothing:
                dispatch(true);
                break;
            case Source::ReadResult::stopped:
                break;  // stop() is about to say so
            case Source::ReadResult::end:
                dispatch();
                drain();
                return RunState::complete;
        }
    }
}

QueueSpace::Room Reader::look_for_room() const {
    if (setup_.space == nullptr) {
        return QueueSpace::Room::open;
    }
    return setup_.space->look(gathered_bytes_ + (threads_ ? threads_->bytes_under_way() : 0));
}

/// False if a stop came first, or the run may not wait.
bool Reader::wait_for_room(const std::function<bool()>& stop) {
    std::mutex mutex;
    std::condition_variable nobody;
    while (look_for_room() == QueueSpace::Room::closed) {
        if (!setup_.waits_for_space) {
            out_of_space_ = true;
            return false;
        }
        std::unique_lock lock(mutex);
        if (clock_.wait_for(nobody, lock, idle_wait, stop)) {
            return false;
        }
    }
    return true;
}

void Reader::begin() {
    if (run_.empty()) {
        run_ = outbox_.begin_run(setup_.source);
        fault_point(FaultPoint::agent_run_begun);
    }
}

void Reader::take(Group group) {
    begin();
    BoundGroup bound;
    // One list for the whole group: a retraction must not come between two batches of it.
    opt_outs_.clear();
    for (const auto& item : group.batches) {
        if (!opt_outs_.contains(item.stream)) {
            opt_outs_.emplace(item.stream, current_opt_outs(item.stream));
        }
    }
    for (auto& item : group.batches) {
        const auto& schema = item.batch.shared_schema();
        auto deidentifier = bind(item.stream, schema);
        progress_.rows_read += item.batch.rows();
        progress_.bytes_read += item.batch.byte_size();
        gathered_bytes_ += item.batch.byte_size();
        bound.batches.push_back({item.stream, std::move(item.batch), std::move(deidentifier)});
    }
    bound.rejections = std::move(group.rejections);
    bound.checkpoint = std::move(group.checkpoint);
    bound.marks = std::move(group.marks);
    if (gathered_.empty()) {
        gathering_since_ = clock_.steady();
    }
    gathered_.push_back(std::move(bound));
}

std::shared_ptr<const Deidentifier> Reader::bind(std::uint32_t stream, const std::shared_ptr<const Schema>& schema) {
    auto& bound = deidentifiers_.at(stream);
    const std::int64_t run_day = setup_.time_zone.day(clock_.now());
    const auto& policy = setup_.streams.at(stream).policy;
    const auto& opt_outs = opt_outs_.at(stream);
    if (bound && bound->run_day() == run_day && bound->opt_outs() == opt_outs && *bound->source_schema() == *schema) {
        return bound;
    }
    auto fresh = std::make_shared<const Deidentifier>(policy, schema, run_day, opt_outs);
    if (bound && *bound->output_schema() != *fresh->output_schema()) {
        dispatch();  // a chunk has one schema
    }
    bound = std::move(fresh);
    return bound;
}

std::shared_ptr<const OptOutList> Reader::current_opt_outs(std::size_t stream) {
    auto list = setup_.opt_outs->current(stream);
    if (!setup_.opt_outs->settled(stream, list)) {
        settle(stream, list);
    }
    return list;
}

/// People may opt out while there is nothing to send. A list that cannot be read stops its stream when it has rows.
void Reader::retract_newly_listed() {
    for (std::size_t stream = 0; stream < setup_.streams.size(); ++stream) {
        std::shared_ptr<const OptOutList> list;
        try {
            list = setup_.opt_outs->current(stream);
        } catch (const Error&) {
            continue;
        }
        if (!setup_.opt_outs->settled(stream, list)) {
            settle(stream, list);
        }
    }
}

/// What was read under the list of before is committed first, so that the retraction stands behind it.
void Reader::settle(std::size_t stream, const std::shared_ptr<const OptOutList>& list) {
    dispatch();
    drain();
    begin();
    if (auto change = setup_.opt_outs->settle(stream, list, recipients_, outbox_, setup_.source, run_)) {
        opt_out_changes_.push_back(std::move(*change));
    }
}

bool Reader::gathered_long_enough() const {
    return !gathered_.empty() && clock_.steady() - gathering_since_ >= longest_gathering;
}

void Reader::dispatch(bool trickles) {
    if (gathered_.empty()) {
        return;
    }
    if (!threads_) {
        threads_ = std::make_unique<RunThreads>(setup_, recipients_, outbox_, clock_, progress_, run_);
    }
    // The last rows of a run go to those that trickled in before them.
    const bool open =
        may_trickle_ && gathered_bytes_ <= Pipeline::trickle_bytes && (trickles || open_since_.has_value());
    if (!open) {
        open_since_.reset();  // the chunk closes what is open
    } else if (!open_since_) {
        open_since_ = clock_.steady();
    }
    threads_->dispatch(std::exchange(gathered_, {}), std::exchange(gathered_bytes_, 0), open);
}

void Reader::close_old_open_chunk() {
    if (open_since_ && clock_.steady() - *open_since_ >= *setup_.open_chunk_age) {
        open_since_.reset();
        drain();  // so that what is open since then is in it
        count(outbox_.close_open_chunks(setup_.source));
    }
}

void Reader::count(const QueuedChunks& queued) {
    closed_chunks_ += queued.chunks;
    progress_.chunks_queued += queued.chunks;
    progress_.bytes_queued += queued.bytes;
    if (queued.chunks > 0 && setup_.queued) {
        setup_.queued();
    }
}

void Reader::pass_on_durable() {
    if (const auto checkpoint = threads_->take_durable_checkpoint()) {
        try {
            fault_point(FaultPoint::agent_before_source_commit);
            source_.commit(*checkpoint);
            fault_point(FaultPoint::agent_after_source_commit);
        } catch (const Error& error) {
            log_.warning("the source could not tidy up after a commit; nothing is lost",
                         {{"source", setup_.source}, {"error", error.what()}});
        }
    }
}

void Reader::drain() {
    if (!threads_) {
        return;
    }
    while (!threads_->idle()) {
        threads_->wait_for_progress();
        threads_->rethrow_failure();
        pass_on_durable();
    }
    pass_on_durable();
}

}  // namespace

void RunReport::add(const RunReport& earlier) {
    chunks += earlier.chunks;
    complaints += earlier.complaints;
    for (const auto& [stream, counts] : earlier.quality) {
        quality[stream].merge(counts);
    }
    opt_out_changes.insert(opt_out_changes.begin(), earlier.opt_out_changes.begin(), earlier.opt_out_changes.end());
}

Pipeline::Pipeline(PipelineSetup setup, Recipients recipients, Outbox& outbox, Clock& clock, Log& log)
    : setup_(std::move(setup)), recipients_(std::move(recipients)), outbox_(outbox), clock_(clock), log_(log) {
    if (setup_.opt_outs == nullptr) {
        setup_.opt_outs = std::make_shared<OptOutGate>(setup_.streams, system_files(), clock);
    }
}

RunReport Pipeline::run(Source& source, const std::function<bool()>& stop, RunProgress& progress) {
    return Reader(setup_, recipients_, outbox_, clock_, log_, source, progress).run(stop);
}

}  // namespace tributary
