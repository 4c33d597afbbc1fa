#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/courier/receipt.h"
#include "agent/keys/certificate.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/repository/allow_list.h"
#include "service/repository/chunk_locks.h"
#include "service/repository/intake_result.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/site_quota.h"
#include "service/repository/store.h"

namespace tributary {

struct IntakeLimits {
    std::uint64_t sealed_bytes = 8U << 20U;
    std::uint64_t plain_bytes = std::uint64_t{4} << 30U;
    std::uint64_t bytes_a_day = std::uint64_t{500} << 30U;  ///< sealed, of one site, within 24 hours
};

/// Takes announcements and bytes, and acknowledges a chunk once it is durable: bytes and manifest in the store, the
/// line in the ledger, in this order. Pure of HTTP. Thread-safe. Throws Error(storage) when nothing could be
/// acknowledged.
class Intake {
  public:
    /// `stored` is called (from the request's thread) after each chunk that was acknowledged for the first time.
    Intake(Ledger& ledger, Store& store, ChunkLocks& locks, AllowList& allowed, PrivateKey signing_key,
           IntakeLimits limits, Clock& clock, Log& log, std::function<void(const LedgerChunk&)> stored);

    IntakeResult announce(const Peer& peer, const std::string& site, const std::string& id, std::string_view jws);

    /// Whether `length` bytes from `offset` would be taken, before any of them is read: nothing if so.
    std::optional<IntakeResult> check(const Peer& peer, const std::string& site, const std::string& id,
                                      std::uint64_t offset, std::uint64_t length, bool complete);
    /// Takes bytes; those of a connection that broke half-way too.
    IntakeResult append(const Peer& peer, const std::string& site, const std::string& id, std::uint64_t offset,
                        std::string_view bytes);

  private:
    struct Announced {
        std::string jws;
        std::string text;
        Manifest manifest;
    };
    std::optional<IntakeResult> read(const Peer& peer, const std::string& id, std::string_view jws, Announced& into);
    std::optional<IntakeResult> known(const Announced& announced);
    std::optional<Announced> pending(const Peer& peer, const std::string& id);
    IntakeResult finish(const Peer& peer, const Announced& announced, const std::optional<std::string>& digest);
    IntakeResult commit(const Peer& peer, const Announced& announced);
    void report(const LedgerChunk& chunk, const std::vector<Gap>& gaps);

    Ledger& ledger_;
    Store& store_;
    AllowList& allowed_;
    PrivateKey signing_key_;
    IntakeLimits limits_;
    Clock& clock_;
    Log& log_;
    std::function<void(const LedgerChunk&)> stored_;
    ChunkLocks& locks_;
    SiteQuota quota_;
};

}  // namespace tributary
