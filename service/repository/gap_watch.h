#pragma once

#include <map>
#include <string>

#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/repository/ledger/ledger.h"

namespace tributary {

/// Tells the log of chunks that are missing from a stream, once, when they have been for longer than chunks that are
/// under way side by side may overtake each other (Ledger::passing); of runs that are late (RunProgress::late), once;
/// and of what was told of and came after all. One thread at a time.
class GapWatch {
  public:
    GapWatch(Ledger& ledger, Clock& clock, Log& log) : ledger_(ledger), clock_(clock), log_(log) {}

    void look();

  private:
    void look_for_gaps();
    void look_for_late_runs();

    Ledger& ledger_;
    Clock& clock_;
    Log& log_;
    std::map<std::string, std::uint64_t> told_;  // missing chunks of a stream that were told of
    std::map<std::string, RunProgress> late_;    // told of
};

}  // namespace tributary
