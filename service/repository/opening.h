#pragma once

#include <filesystem>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/lander.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/service_configuration.h"
#include "service/repository/store.h"
#include "service/repository/turn.h"

namespace tributary {

/// The part of a repository that has the decryption key: opens and lands. One at a time for a store, in a process that
/// receives or in another one, on another computer too where that reaches store and ledger.
class Opening {
  public:
    /// When another process lands there already.
    enum class WhenTaken {
        refuse,  ///< the constructor throws Error(in_use)
        wait     ///< the lander begins when that one is gone
    };
    /// Throws Error(key), Error(configuration).
    Opening(const ServiceConfiguration& configuration, Ledger& ledger, Store& store, FileSystem& files, Clock& clock,
            Log& log, WhenTaken when_taken);

    Lander& lander() noexcept { return lander_; }

  private:
    Turn turn_;
    Lander lander_;
};

}  // namespace tributary
