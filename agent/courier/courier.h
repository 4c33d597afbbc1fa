#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/courier/backoff.h"
#include "agent/courier/receipt.h"
#include "agent/courier/transport.h"
#include "agent/keys/certificate.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/clock.h"
#include "agent/platform/error.h"
#include "agent/telemetry/log.h"

namespace tributary {

struct CourierConfiguration {
    std::string site;
    std::chrono::milliseconds first_retry{1000};  ///< upper end of the first random wait (full jitter)
    std::chrono::milliseconds longest_retry{15 * 60 * 1000};
};

/// What one round of deliveries did.
struct DeliveryRound {
    std::uint64_t delivered = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t postponed = 0;
    std::uint64_t quarantined = 0;   ///< chunks and run manifests
    bool repository_reached = true;  ///< false: stopped at the first connection failure
    std::string last_error;

    /// Counts in a round that followed.
    void add(const DeliveryRound& later);
};

/// Takes chunks from the outbox to the repository, the streams' own order kept, and a chunk out of the queue only after
/// its receipt was verified (signature, id, digest, site, stream, sequence) and stored; then manifests of runs that are
/// over, in the same way. On each connection one chunk is
/// under way; a single chunk, and the first one after an outage, goes alone. Only the first connection is kept open
/// from round to round. One thread at a time calls it.
class Courier {
  public:
    /// `connections`, one at least, must outlive it.
    Courier(Outbox& outbox, std::vector<Transport*> connections, PrivateKey site_key, ReceiptSigners repository_signing,
            CourierConfiguration configuration, Clock& clock, Log& log);

    /// Delivers what is due now, until nothing is due, `stop()` says so, or the repository cannot be reached, asks for
    /// a pause or does not take this site's chunks. A chunk that is refused for good goes to quarantine and the rest
    /// goes on. While a pause runs (see next_attempt) it does nothing. `stop` is called from several threads;
    /// `delivered` (may be empty) is told of every delivered chunk, from one thread at a time.
    DeliveryRound deliver(const std::function<bool()>& stop,
                          const std::function<void(const QueuedChunk&)>& delivered = {});

    /// When deliver() next has something to do: the earliest chunk's time, and not before the pause after a failure
    /// ends. Nothing if the queue is empty. May lie in the past.
    std::optional<TimePoint> next_attempt();

    /// Whether the repository has signed with a key that is not known here since this was last asked. Thread-safe.
    bool met_unknown_signer() noexcept { return unknown_signer_.exchange(false); }

  private:
    enum class Outcome { delivered, handed_over, set_aside, postponed, round_over };
    /// Why nothing goes at present; logged when it begins and when it ends, not at each attempt.
    enum class Trouble { none, unreachable, tls, busy };
    struct Round;

    void look_at_the_clock();
    void carry_in_turns(Round& round);
    bool carry_next(Round& round, Transport& connection);
    Outcome deliver_one(const QueuedChunk& chunk, Transport& connection, Round& round);
    Outcome carry(const QueuedChunk& chunk, Transport& connection, Round& round);
    Outcome accept(const QueuedChunk& chunk, const std::string& jws, const Manifest& manifest, Transport& connection,
                   Round& round);
    Outcome set_aside(const QueuedChunk& chunk, const std::string& reason, Round& round);
    Outcome postpone(const QueuedChunk& chunk, const std::string& error, std::chrono::milliseconds at_least,
                     Round& round);
    Outcome answered(const QueuedChunk& chunk, const Answer& answer, Round& round);
    Outcome pause(const QueuedChunk& chunk, Trouble trouble, const std::string& error,
                  std::chrono::milliseconds at_least, Round& round);
    void begin_pause(Trouble trouble, const std::string& error, std::chrono::milliseconds at_least, Round& round);
    void carry_run_manifests(Round& round);
    Outcome deliver_run(const QueuedRun& run, Transport& connection, Round& round);
    Outcome carry_run(const QueuedRun& run, Transport& connection, Round& round);
    Outcome accept_run(const QueuedRun& run, const std::string& text, const std::string& jws, Transport& connection,
                       Round& round);
    Outcome set_run_aside(const QueuedRun& run, const std::string& reason, Round& round);
    Outcome postpone_run(const QueuedRun& run, const std::string& error, std::chrono::milliseconds at_least,
                         Round& round);
    void fail_locally();
    void note_trouble(Trouble trouble, const std::string& error);
    void note_denied(const std::string& stream, const std::string& error);
    void note_contact(const Round& round);
    void end_trouble();

    Outbox& outbox_;
    std::vector<Transport*> connections_;
    PrivateKey site_key_;
    ReceiptSigners repository_signing_;
    CourierConfiguration configuration_;
    Backoff backoff_;
    Clock& clock_;
    Log& log_;

    std::atomic<bool> unknown_signer_ = false;

    std::mutex mutex_;              // over all below, and over a round's report
    std::minstd_rand random_;       // for jitter only
    std::set<std::string> denied_;  // streams that the repository does not take, told of
    Trouble trouble_ = Trouble::none;
    std::string trouble_text_;
    std::uint32_t failures_ = 0;  // in a row, for the pause
    std::chrono::steady_clock::time_point trouble_since_{};
    std::optional<std::chrono::steady_clock::time_point> pause_until_;
    TimePoint wall_;  // at the last look, and what never goes back
    std::chrono::steady_clock::time_point steady_;
};

}  // namespace tributary
