#include "agent/courier/courier.h"

#include <algorithm>
#include <thread>

#include "agent/courier/courier_round.h"
#include "agent/courier/receipt.h"
#include "agent/keys/jws.h"
#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

/// Requests for one chunk in one round: enough for a connection that is cut every now and then, an end for a repository
/// that answers in circles.
constexpr int exchanges_a_chunk = 12;

/// What the receipt says that is not so; empty if all of it is.
std::string difference(const Receipt& receipt, const Manifest& manifest) {
    if (receipt.id != manifest.id) {
        return "id";
    }
    if (receipt.site != manifest.site) {
        return "site";
    }
    if (receipt.stream != manifest.stream) {
        return "stream";
    }
    if (receipt.sequence != manifest.sequence) {
        return "sequence";
    }
    return receipt.sealed_sha256 != manifest.sealed_sha256 ? "sealed_sha256" : "";
}

Answer send_rest(Transport& connection, const QueuedChunk& chunk, const std::string& sealed, std::uint64_t held,
                 const std::function<bool()>& stop) {
    if (held > sealed.size()) {
        Answer nonsense;
        nonsense.message = "the repository says that it holds " + std::to_string(held) + " bytes of a chunk of " +
                           std::to_string(sealed.size());
        return nonsense;
    }
    return connection.send(chunk.id, held, std::string_view(sealed).substr(static_cast<std::size_t>(held)), stop);
}

}  // namespace

void DeliveryRound::add(const DeliveryRound& later) {
    delivered += later.delivered;
    delivered_bytes += later.delivered_bytes;
    postponed += later.postponed;
    quarantined += later.quarantined;
    repository_reached = later.repository_reached;
    last_error = later.last_error;
}

Courier::Courier(Outbox& outbox, std::vector<Transport*> connections, PrivateKey site_key,
                 ReceiptSigners repository_signing, CourierConfiguration configuration, Clock& clock, Log& log)
    : outbox_(outbox),
      connections_(std::move(connections)),
      site_key_(std::move(site_key)),
      repository_signing_(std::move(repository_signing)),
      configuration_(std::move(configuration)),
      backoff_{configuration_.first_retry, configuration_.longest_retry},
      clock_(clock),
      log_(log),
      random_(std::random_device()()),
      wall_(clock.now()),
      steady_(clock.steady()) {}

std::optional<TimePoint> Courier::next_attempt() {
    look_at_the_clock();
    std::optional<TimePoint> due = outbox_.next_due();
    const auto steady = clock_.steady();
    if (due && pause_until_ && *pause_until_ > steady) {
        due = std::max(*due, clock_.now() + std::chrono::ceil<std::chrono::milliseconds>(*pause_until_ - steady));
    }
    return due;
}

DeliveryRound Courier::deliver(const std::function<bool()>& stop,
                               const std::function<void(const QueuedChunk&)>& delivered) {
    look_at_the_clock();
    Round round(outbox_, clock_, stop, delivered);
    if (pause_until_ && clock_.steady() < *pause_until_) {
        round.report.repository_reached = trouble_ != Trouble::unreachable && trouble_ != Trouble::tls;
        round.report.last_error = trouble_text_;
        return round.report;
    }
    carry_in_turns(round);
    if (round.failure) {
        std::rethrow_exception(round.failure);
    }
    if (!round.paused) {
        carry_run_manifests(round);
    }
    return round.report;
}

/// A chunk waits until an hour of the wall clock, which is far away once that clock was set back.
void Courier::look_at_the_clock() {
    constexpr std::chrono::milliseconds tolerance = std::chrono::seconds(5);
    const auto wall = clock_.now();
    const auto steady = clock_.steady();
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - steady_);
    if (wall + tolerance < wall_ + passed) {
        log_.info("the clock was set back; chunks that waited for an hour that is far off again are tried now");
        outbox_.end_waits();
    }
    wall_ = wall;
    steady_ = steady;
}

/// The calling thread carries on the first connection; others are called in once that has worked and there is more.
void Courier::carry_in_turns(Round& round) {
    std::vector<std::thread> others;
    while (carry_next(round, *connections_.front())) {
        while (others.size() + 1 < std::min(connections_.size(), round.turns.left())) {
            others.emplace_back([this, &round, &connection = *connections_[others.size() + 1]] {
                while (carry_next(round, connection)) {
                }
                connection.close();
            });
        }
    }
    for (auto& other : others) {
        other.join();
    }
}

/// False when the round is over.
bool Courier::carry_next(Round& round, Transport& connection) {
    try {
        const auto chunk = round.turns.next();
        if (!chunk) {
            return false;
        }
        const Outcome outcome = deliver_one(*chunk, connection, round);
        if (outcome == Outcome::round_over) {
            round.turns.end();
        }
        round.turns.finished(*chunk, outcome == Outcome::postponed);
        return outcome != Outcome::round_over;
    } catch (...) {
        {
            const std::lock_guard lock(mutex_);
            if (!round.failure) {
                round.failure = std::current_exception();
            }
        }
        round.turns.end();
        return false;
    }
}

Courier::Outcome Courier::deliver_one(const QueuedChunk& chunk, Transport& connection, Round& round) {
    try {
        return carry(chunk, connection, round);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::stopped) {
            return Outcome::round_over;
        }
        if (error.code() == ErrorCode::network) {
            return pause(chunk, Trouble::unreachable, error.what(), {}, round);
        }
        if (error.code() == ErrorCode::key) {
            return pause(chunk, Trouble::tls, error.what(), {}, round);
        }
        fail_locally();
        throw;
    }
}

/// The queue itself fails (a full disk, say). Whoever calls again at once must not find something to do.
void Courier::fail_locally() {
    const std::lock_guard lock(mutex_);
    pause_until_ = clock_.steady() + std::max(backoff_.wait(failures_, random_), std::chrono::milliseconds(1));
    ++failures_;
}

Courier::Outcome Courier::carry(const QueuedChunk& chunk, Transport& connection, Round& round) {
    std::string text;
    Manifest manifest;
    try {
        text = outbox_.manifest(chunk.id);
        manifest = parse_manifest(text);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::input &&
            error.code() != ErrorCode::limit) {
            throw;
        }
        return set_aside(chunk, "its manifest is damaged in the queue: " + std::string(error.what()), round);
    }
    if (manifest.id != chunk.id || manifest.stream != chunk.stream || manifest.sequence != chunk.sequence) {
        return set_aside(chunk, "its manifest is damaged in the queue: it is another chunk's", round);
    }
    std::string sealed;
    fault_point(FaultPoint::courier_before_announce);
    Answer answer = connection.announce(chunk.id, sign_jws(text, site_key_));
    fault_point(FaultPoint::courier_after_announce);
    for (int exchanges = 1; exchanges < exchanges_a_chunk; ++exchanges) {
        if (answer.kind == Answer::Kind::receipt) {
            return accept(chunk, answer.receipt, manifest, connection, round);
        }
        if (answer.kind == Answer::Kind::unannounced) {
            answer = connection.announce(chunk.id, sign_jws(text, site_key_));
            continue;
        }
        if (answer.kind != Answer::Kind::partial) {
            return answered(chunk, answer, round);
        }
        note_contact(round);
        if (sealed.empty()) {
            try {
                sealed = outbox_.payload(chunk.id);
            } catch (const Error& error) {
                if (error.code() != ErrorCode::corrupt) {
                    throw;
                }
                return set_aside(chunk, error.what(), round);
            }
        }
        fault_point(FaultPoint::courier_before_send);
        answer = send_rest(connection, chunk, sealed, answer.held, round.stop);
        fault_point(FaultPoint::courier_after_send);
    }
    return postpone(chunk, "the repository asks for the same bytes again and again", {}, round);
}

Courier::Outcome Courier::answered(const QueuedChunk& chunk, const Answer& answer, Round& round) {
    if (answer.kind == Answer::Kind::handed_over) {
        note_contact(round);
        postpone(chunk, answer.message, answer.retry_after.value_or(std::chrono::seconds(0)), round);
        return Outcome::handed_over;  // what follows in its stream is handed over too
    }
    if (answer.kind == Answer::Kind::refused) {
        note_contact(round);
        return set_aside(chunk, answer.message, round);
    }
    if (answer.kind == Answer::Kind::denied) {  // this stream, maybe, and no other
        note_denied(chunk.stream, answer.message);
        return postpone(chunk, answer.message, {}, round);
    }
    if (answer.retry_after) {
        return pause(chunk, Trouble::busy, answer.message, *answer.retry_after, round);
    }
    {
        const std::lock_guard lock(mutex_);
        note_trouble(Trouble::busy, answer.message);
    }
    return postpone(chunk, answer.message, {}, round);
}

Courier::Outcome Courier::accept(const QueuedChunk& chunk, const std::string& jws, const Manifest& manifest,
                                 Transport& connection, Round& round) {
    std::string fault;
    try {
        const std::string field = difference(verify_receipt(jws, repository_signing_), manifest);
        fault = field.empty() ? "" : "its " + field + " is not this chunk's";
    } catch (const Error& error) {
        if (error.code() != ErrorCode::refused && error.code() != ErrorCode::input) {
            throw;
        }
        unknown_signer_ = unknown_signer_ || error.code() == ErrorCode::refused;
        fault = error.what();
    }
    if (!fault.empty()) {
        log_.error("the repository gave a wrong receipt; the chunk stays in the queue",
                   {{"stream", chunk.stream}, {"chunk", chunk.id}, {"sequence", chunk.sequence}, {"fault", fault}});
        connection.forget_receipt(chunk.id);
        return postpone(chunk, "wrong receipt: " + fault, {}, round);
    }
    note_contact(round);
    fault_point(FaultPoint::courier_before_receipt_commit);
    outbox_.store_receipt(chunk.id, jws);
    fault_point(FaultPoint::courier_after_receipt_commit);
    connection.forget_receipt(chunk.id);
    log_.debug("delivered", {{"stream", chunk.stream}, {"chunk", chunk.id}, {"sequence", chunk.sequence}});
    const std::lock_guard lock(mutex_);
    if (denied_.erase(chunk.stream) > 0) {
        log_.info("the repository takes a stream again", {{"stream", chunk.stream}});
    }
    ++round.report.delivered;
    round.report.delivered_bytes += manifest.sealed_bytes;
    if (round.delivered) {
        round.delivered(chunk);
    }
    return Outcome::delivered;
}

Courier::Outcome Courier::set_aside(const QueuedChunk& chunk, const std::string& reason, Round& round) {
    outbox_.quarantine(chunk.id, reason);
    log_.error("a chunk went to quarantine; it stays on this computer and needs a decision",
               {{"stream", chunk.stream}, {"chunk", chunk.id}, {"sequence", chunk.sequence}, {"reason", reason}});
    const std::lock_guard lock(mutex_);
    ++round.report.quarantined;
    round.report.last_error = reason;
    return Outcome::set_aside;
}

Courier::Outcome Courier::postpone(const QueuedChunk& chunk, const std::string& error,
                                   std::chrono::milliseconds at_least, Round& round) {
    std::chrono::milliseconds wait{};
    {
        const std::lock_guard lock(mutex_);
        wait = std::max(backoff_.wait(chunk.attempts, random_), at_least);
        ++round.report.postponed;
        round.report.last_error = error;
    }
    outbox_.record_attempt(chunk.id, error, clock_.now() + wait);
    return Outcome::postponed;
}

Courier::Outcome Courier::pause(const QueuedChunk& chunk, Trouble trouble, const std::string& error,
                                std::chrono::milliseconds at_least, Round& round) {
    begin_pause(trouble, error, at_least, round);
    postpone(chunk, error, at_least, round);
    return Outcome::round_over;
}

void Courier::begin_pause(Trouble trouble, const std::string& error, std::chrono::milliseconds at_least, Round& round) {
    round.turns.end();
    const std::lock_guard lock(mutex_);
    note_trouble(trouble, error);
    if (!round.paused) {  // what breaks several connections is one failure
        round.paused = true;
        pause_until_ = clock_.steady() + std::max(backoff_.wait(failures_, random_), at_least);
        ++failures_;
    }
    round.report.repository_reached = trouble != Trouble::unreachable && trouble != Trouble::tls;
}

void Courier::note_trouble(Trouble trouble, const std::string& error) {
    trouble_text_ = error;
    if (trouble == trouble_) {
        return;
    }
    if (trouble_ == Trouble::none) {
        trouble_since_ = clock_.steady();
    }
    trouble_ = trouble;
    switch (trouble) {
        case Trouble::unreachable:
            log_.warning("the repository cannot be reached; chunks wait in the queue", {{"error", error}});
            break;
        case Trouble::tls:
            log_.error("no trusted connection to the repository; chunks wait in the queue", {{"error", error}});
            break;
        case Trouble::busy:
            log_.warning("the repository asks to come later; chunks wait in the queue", {{"error", error}});
            break;
        case Trouble::none:
            break;
    }
}

/// One line for each stream until it is taken again, however long that is.
void Courier::note_denied(const std::string& stream, const std::string& error) {
    const std::lock_guard lock(mutex_);
    end_trouble();
    if (denied_.insert(stream).second) {
        log_.error("the repository does not take a stream of this site; its chunks wait in the queue",
                   {{"stream", stream}, {"error", error}});
    }
}

void Courier::note_contact(const Round& round) {
    const std::lock_guard lock(mutex_);
    if (!round.paused) {  // one connection may work on while another has failed
        end_trouble();
    }
}

void Courier::end_trouble() {
    failures_ = 0;
    pause_until_.reset();
    if (trouble_ == Trouble::none) {
        return;
    }
    const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - trouble_since_);
    trouble_ = Trouble::none;
    trouble_text_.clear();
    log_.info("deliveries go on", {{"after_seconds", lasted.count()}});
}

}  // namespace tributary
