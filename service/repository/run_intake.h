#pragma once

#include <string>
#include <string_view>

#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/repository/allow_list.h"
#include "service/repository/intake_result.h"
#include "service/repository/ledger/ledger.h"

namespace tributary {

/// Takes manifests of runs that are over at a site, and acknowledges them once they are in the ledger. Pure of HTTP.
/// Thread-safe. Throws Error(storage) when nothing could be acknowledged.
class RunIntake {
  public:
    RunIntake(Ledger& ledger, AllowList& allowed, PrivateKey signing_key, Clock& clock, Log& log);

    IntakeResult close(const Peer& peer, const std::string& site, const std::string& id, std::string_view jws);

  private:
    std::optional<IntakeResult> read(const Peer& peer, const std::string& id, std::string_view jws, LedgerRun& into);

    Ledger& ledger_;
    AllowList& allowed_;
    PrivateKey signing_key_;
    Clock& clock_;
    Log& log_;
};

}  // namespace tributary
