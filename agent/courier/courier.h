#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "agent/courier/transport.h"
#include "agent/keys/certificate.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/clock.h"
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
    std::uint64_t quarantined = 0;
    bool repository_reached = true;  ///< false: stopped at the first connection failure
    std::string last_error;
};

/// Takes chunks from the outbox to the repository, the streams' own order kept, and a chunk out of the queue only after
/// its receipt was verified (signature, id, digest, site, stream, sequence) and stored. One thread at a time.
class Courier {
  public:
    Courier(Outbox& outbox, Transport& transport, PrivateKey site_key, Certificate repository_signing,
            CourierConfiguration configuration, Clock& clock, Log& log);

    /// Delivers what is due now, until nothing is due, `stop()` says so, or the repository cannot be reached. A chunk
    /// that is refused for good goes to quarantine and the rest goes on. `delivered` (may be empty) is told of every
    /// delivered chunk.
    DeliveryRound deliver(const std::function<bool()>& stop,
                          const std::function<void(const QueuedChunk&)>& delivered = {});

  private:
    bool deliver_one(const QueuedChunk& chunk, DeliveryRound& round);
    void postpone(const QueuedChunk& chunk, const std::string& error, std::optional<std::chrono::seconds> retry_after,
                  DeliveryRound& round);

    Outbox& outbox_;
    Transport& transport_;
    PrivateKey site_key_;
    Certificate repository_signing_;
    CourierConfiguration configuration_;
    Clock& clock_;
    Log& log_;
    std::minstd_rand random_;  // for jitter only
};

}  // namespace tributary
