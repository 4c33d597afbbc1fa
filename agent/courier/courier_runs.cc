// Manifests of runs that are over: one request each, on the first connection.
#include <algorithm>

#include "agent/courier/courier_round.h"
#include "agent/courier/receipt.h"
#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

constexpr std::size_t runs_a_round = 1000;

/// What the receipt says that is not so; empty if all of it is.
std::string difference(const RunReceipt& receipt, const RunManifest& run, const std::string& text) {
    if (receipt.run != run.id) {
        return "run";
    }
    if (receipt.site != run.site) {
        return "site";
    }
    return receipt.manifest_sha256 != to_hex(sha256(text)) ? "run_manifest_sha256" : "";
}

}  // namespace

void Courier::carry_run_manifests(Round& round) {
    for (const auto& run : outbox_.due_runs(clock_.now(), runs_a_round)) {
        if (round.stop() || deliver_run(run, *connections_.front(), round) == Outcome::round_over) {
            return;
        }
    }
}

Courier::Outcome Courier::deliver_run(const QueuedRun& run, Transport& connection, Round& round) {
    try {
        return carry_run(run, connection, round);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::network && error.code() != ErrorCode::key) {
            fail_locally();
            throw;
        }
        begin_pause(error.code() == ErrorCode::key ? Trouble::tls : Trouble::unreachable, error.what(), {}, round);
        postpone_run(run, error.what(), {}, round);
        return Outcome::round_over;
    }
}

Courier::Outcome Courier::carry_run(const QueuedRun& run, Transport& connection, Round& round) {
    std::string text;
    try {
        text = outbox_.run_manifest(run.id);
        if (parse_run_manifest(text).id != run.id) {
            return set_run_aside(run, "it is damaged in the queue: it is another run's", round);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::input &&
            error.code() != ErrorCode::limit) {
            throw;
        }
        return set_run_aside(run, "it is damaged in the queue: " + std::string(error.what()), round);
    }
    const Answer answer = connection.close_run(run.id, sign_jws(text, site_key_));
    switch (answer.kind) {
        case Answer::Kind::receipt:
            return accept_run(run, text, answer.receipt, connection, round);
        case Answer::Kind::handed_over:
            note_contact(round);
            return postpone_run(run, answer.message, answer.retry_after.value_or(std::chrono::seconds(0)), round);
        case Answer::Kind::refused:
            note_contact(round);
            return set_run_aside(run, answer.message, round);
        case Answer::Kind::denied:  // its streams, which say so themselves
            note_contact(round);
            return postpone_run(run, answer.message, {}, round);
        case Answer::Kind::partial:
        case Answer::Kind::unannounced:
            return postpone_run(run, "the repository answers as to a chunk", {}, round);
        case Answer::Kind::later:
            break;
    }
    if (answer.retry_after) {
        begin_pause(Trouble::busy, answer.message, *answer.retry_after, round);
        postpone_run(run, answer.message, *answer.retry_after, round);
        return Outcome::round_over;
    }
    {
        const std::lock_guard lock(mutex_);
        note_trouble(Trouble::busy, answer.message);
    }
    return postpone_run(run, answer.message, {}, round);
}

Courier::Outcome Courier::accept_run(const QueuedRun& run, const std::string& text, const std::string& jws,
                                     Transport& connection, Round& round) {
    std::string fault;
    try {
        const auto field = difference(verify_run_receipt(jws, repository_signing_), parse_run_manifest(text), text);
        fault = field.empty() ? "" : "its " + field + " is not this run's";
    } catch (const Error& error) {
        if (error.code() != ErrorCode::refused && error.code() != ErrorCode::input) {
            throw;
        }
        unknown_signer_ = unknown_signer_ || error.code() == ErrorCode::refused;
        fault = error.what();
    }
    if (!fault.empty()) {
        log_.error("the repository gave a wrong receipt; the run manifest stays in the queue",
                   {{"source", run.source}, {"run", run.id}, {"fault", fault}});
        connection.forget_receipt(run.id);
        return postpone_run(run, "wrong receipt: " + fault, {}, round);
    }
    note_contact(round);
    fault_point(FaultPoint::courier_before_run_receipt);
    outbox_.store_run_receipt(run.id, jws);
    fault_point(FaultPoint::courier_after_run_receipt);
    connection.forget_receipt(run.id);
    log_.debug("run manifest delivered", {{"source", run.source}, {"run", run.id}});
    return Outcome::delivered;
}

Courier::Outcome Courier::set_run_aside(const QueuedRun& run, const std::string& reason, Round& round) {
    outbox_.quarantine_run(run.id, reason);
    log_.error("a run manifest went to quarantine: the repository cannot tell whether it holds all of the run",
               {{"source", run.source}, {"run", run.id}, {"reason", reason}});
    const std::lock_guard lock(mutex_);
    ++round.report.quarantined;
    round.report.last_error = reason;
    return Outcome::set_aside;
}

Courier::Outcome Courier::postpone_run(const QueuedRun& run, const std::string& error,
                                       std::chrono::milliseconds at_least, Round& round) {
    std::chrono::milliseconds wait{};
    {
        const std::lock_guard lock(mutex_);
        wait = std::max(backoff_.wait(run.attempts, random_), at_least);
        ++round.report.postponed;
        round.report.last_error = error;
    }
    outbox_.record_run_attempt(run.id, error, clock_.now() + wait);
    return Outcome::postponed;
}

}  // namespace tributary
