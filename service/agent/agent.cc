#include "service/agent/agent.h"

#include <algorithm>
#include <utility>

#include "agent/audit/audit_read.h"
#include "agent/keys/digest.h"
#include "agent/outbox/disk_reserve.h"
#include "agent/platform/fault_point.h"

namespace tributary {

namespace {

std::vector<Transport*> pointers(const std::vector<std::unique_ptr<Transport>>& connections) {
    std::vector<Transport*> result;
    result.reserve(connections.size());
    for (const auto& connection : connections) {
        result.push_back(connection.get());
    }
    return result;
}

CourierConfiguration courier_configuration(const Configuration& configuration) {
    CourierConfiguration courier;
    courier.site = configuration.site;
    return courier;
}

LogLevel level_of(TributaryLevel level) {
    switch (level) {
        case TRIBUTARY_LOG_ERROR:
            return LogLevel::error;
        case TRIBUTARY_LOG_WARNING:
            return LogLevel::warning;
        case TRIBUTARY_LOG_INFO:
            return LogLevel::info;
        default:
            return LogLevel::debug;
    }
}

}  // namespace

Agent::Agent(const Installation& installation, Clock& clock, Log& log, bool queue_damaged)
    : installation_(installation),
      clock_(clock),
      log_(log),
      lock_((std::filesystem::create_directories(installation.configuration().data_folder),
             installation.configuration().data_folder)),
      opening_(prepare_queue(installation, queue_damaged, clock, log)),
      outbox_(installation.queue_file(), installation.configuration().site, clock),
      audit_(installation.configuration().data_folder, installation.configuration().site,
             installation.credentials()->site.key(), system_files(), clock,
             [&log](const std::string& text) { log.error(text); }),
      connections_(make_connections(installation, clock)),
      courier_(outbox_, pointers(connections_), installation.credentials()->site.key(),
               installation.credentials()->signing, courier_configuration(installation.configuration()), clock, log) {
    fault_point(FaultPoint::agent_queue_opened);
    const auto& queue = installation.configuration().queue;
    const auto& credentials = *installation.credentials();
    outbox_.use_open_chunks(credentials.encryption, credentials.site);
    outbox_.end_interrupted_runs();
    if (const auto stuck = outbox_.totals().stuck_rows; stuck > 0) {
        log_.error(
            "rows wait in the queue that were encrypted for another key of this site and cannot be sealed; put that "
            "key "
            "and its certificate back and start the agent once more",
            {{"rows", stuck}});
    }
    outbox_.keep_reserve(queue.reserve);
    space_ = std::make_shared<QueueSpace>(
        SpaceLimits{queue.quota, queue.keep_free}, [this] { return outbox_.used_bytes(); },
        [this] {
            const auto free = free_bytes(installation_.configuration().data_folder);
            return free - std::min(free, outbox_.missing_reserve());
        },
        log);
    audit_queue();
    audit_policies();
    for (const auto& source : installation.sources()) {
        opt_outs_.emplace(source.configuration->name,
                          std::make_shared<OptOutGate>(source.streams, system_files(), clock));
    }
}

Agent::~Agent() = default;

void Agent::audit(AuditEvent event, const AuditDetails& details) {
    try {
        audit_.append(event, details);
    } catch (const Error& error) {
        log_.error("the audit log could not be written", {{"event", describe(event).name}, {"error", error.what()}});
    }
}

void Agent::audit_queue() {
    if (opening_.salvage) {
        const auto& salvage = *opening_.salvage;
        audit_.append(AuditEvent::queue_damaged, {{"file", salvage.aside.filename().string()},
                                                  {"chunks_saved", salvage.chunks},
                                                  {"lost", std::uint64_t{salvage.lost.size()}},
                                                  {"receipts_saved", salvage.receipts},
                                                  {"positions_lost", std::uint64_t{salvage.positions_lost ? 1U : 0U}}});
    }
    // The audit log tells that an agent was at work here before.
    if (opening_.was_missing &&
        !last_audited_policies(system_files(), installation_.configuration().data_folder).empty()) {
        outbox_.note_lost_queue();
        audit_.append(AuditEvent::queue_lost, {});
    }
    if (const auto since = outbox_.positions_lost()) {
        log_.error(positions_lost_text(*since));
    }
}

void Agent::audit_policies() {
    auto known = last_audited_policies(system_files(), installation_.configuration().data_folder);
    for (const auto& source : installation_.sources()) {
        for (const auto& stream : source.streams) {
            const auto& hash = stream.policy->hash();
            if (known[stream.name] != hash) {
                audit_.append(AuditEvent::policy_changed, {{"stream", stream.name},
                                                           {"policy_sha256", hash},
                                                           {"before", known[stream.name]},
                                                           {"approver", installation_.approver(stream.name)}});
            }
        }
    }
}

void Agent::audit_run(const std::string& source, const RunReport& report, std::uint64_t rows, std::uint64_t rejected) {
    const auto* const state = report.state == RunState::complete ? "complete"
                              : report.state == RunState::failed ? "failed"
                                                                 : "interrupted";
    audit(AuditEvent::run_ended, {{"source", source},
                                  {"run", report.run},
                                  {"state", state},
                                  {"rows", rows},
                                  {"rejected", rejected},
                                  {"chunks", report.chunks}});
}

/// What delivered chunks have left in the file goes back to the disk, all of it to one that is nearly full; then the
/// reserve is made again.
void Agent::make_room(const std::function<bool()>& stop) {
    try {
        while (outbox_.give_back_space(space_->look() == QueueSpace::Room::closed) && !stop()) {
        }
        outbox_.keep_reserve(installation_.configuration().queue.reserve);
    } catch (const Error& error) {
        log_.warning("the queue file could not be made smaller", {{"error", error.what()}});
    }
}

DeliveryRound Agent::deliver(const std::function<bool()>& stop,
                             const std::function<void(const QueuedChunk&)>& delivered) {
    auto round = courier_.deliver(stop, [&](const QueuedChunk& chunk) {
        if (space_->look() == QueueSpace::Room::closed) {  // sources wait, maybe for the end of a long backlog
            outbox_.give_back_space(true);
        }
        if (delivered) {
            delivered(chunk);
        }
    });
    make_room(stop);
    if (round.delivered > 0) {
        const auto last = outbox_.receipts(1).at(0);
        audit(AuditEvent::delivery, {{"chunks", round.delivered},
                                     {"bytes", round.delivered_bytes},
                                     {"last_chunk", last.chunk_id},
                                     {"last_receipt_sha256", to_hex(sha256(last.jws))}});
    }
    return round;
}

SourceHost Agent::host_for(const std::string& source, const std::function<bool()>& stop, RunProgress& progress) {
    SourceHost host;
    host.log = [this, source, &progress](TributaryLevel level, std::string_view message) {
        progress.complaints += level == TRIBUTARY_LOG_ERROR ? 1 : 0;
        log_.write(level_of(level), message, {{"source", source}});
    };
    host.stopping = stop;
    host.marked = [this, source](std::string_view mark) { return outbox_.marked(source, mark); };
    return host;
}

RunReport Agent::run_source(const PreparedSource& source, std::unique_ptr<Source>& opened,
                            const std::function<bool()>& stop, RunProgress& progress, bool waits_for_space) {
    const auto& name = source.configuration->name;
    PipelineSetup setup{name,
                        source.streams,
                        installation_.configuration().workers,
                        !source.configuration->schedule.is_watch(),
                        installation_.configuration().time_zone,
                        opt_outs_.at(name),
                        space_,
                        waits_for_space,
                        [this] { note_queued(queued_in_a_run_); },
                        installation_.configuration().queue.open_chunk_age};
    Pipeline pipeline(std::move(setup),
                      {installation_.credentials()->encryption, installation_.credentials()->site.certificate()},
                      outbox_, clock_, log_);
    RunReport report;
    try {
        if (const auto since = outbox_.positions_lost()) {
            throw Error(ErrorCode::configuration, positions_lost_text(*since));
        }
        if (!opened) {
            opened = installation_.open(source, host_for(name, stop, progress));
        }
        report = pipeline.run(*opened, stop, progress);
    } catch (const std::exception& error) {
        report.state = RunState::failed;
        report.message = error.what();
        record_failure(name, report);
    }
    if (report.state == RunState::failed) {
        opened.reset();
    }
    report_run(name, report);
    return report;
}

void Agent::record_failure(const std::string& source, RunReport& report) {
    try {
        report.run = outbox_.begin_run(source);
        outbox_.end_run(report.run, report.state, report.message);
    } catch (const Error& error) {
        log_.error("a failed run could not be recorded", {{"source", source}, {"error", error.what()}});
    }
}

void Agent::report_run(const std::string& source, const RunReport& report) {
    std::uint64_t rows = 0;
    std::uint64_t rejected = 0;
    for (const auto& [stream, quality] : report.quality) {
        rows += quality.rows;
        for (const auto& field : quality.fields) {
            if (field.unusable()) {
                log_.warning("no value of a field could be used; does the policy fit the source?",
                             {{"source", source}, {"stream", stream}, {"field", field.field}});
            }
        }
        for (const auto& [reason, count] : quality.rejected) {
            rejected += count;
        }
        for (const auto& [reason, count] : quality.withheld) {
            rows -= count;
            log_.warning("the egress guard held rows back; 'tributary held list' shows them",
                         {{"source", source}, {"stream", stream}, {"reason", reason}, {"rows", count}});
        }
    }
    for (const auto& change : report.opt_out_changes) {
        log_.info("the list of opt-outs changed", {{"stream", change.stream},
                                                   {"listed", change.listed},
                                                   {"retracted", change.retracted},
                                                   {"chunks", change.chunks}});
        audit(AuditEvent::opt_out_list_changed, {{"stream", change.stream},
                                                 {"list", change.list},
                                                 {"listed", change.listed},
                                                 {"retracted", change.retracted}});
    }
    if (report.state == RunState::failed) {
        log_.error("run failed; what was queued before stays, the next run goes on there",
                   {{"source", source}, {"rows", rows}, {"error", report.message}});
    } else if (!report.run.empty()) {
        log_.info(report.state == RunState::complete ? "run complete" : "run interrupted",
                  {{"source", source}, {"rows", rows}, {"rejected", rejected}, {"chunks", report.chunks}});
    }
    if (!report.run.empty()) {
        audit_run(source, report, rows, rejected);
    }
    if (report.chunks > 0) {
        note_queued(queued_);
    }
}

void Agent::note_queued(bool& flag) {
    {
        const std::lock_guard lock(mutex_);
        flag = true;
    }
    wake_.notify_all();
}

}  // namespace tributary
