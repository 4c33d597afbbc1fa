#pragma once

#include <filesystem>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"
#include "agent/telemetry/log.h"
#include "service/repository/lander.h"
#include "service/repository/ledger.h"
#include "service/repository/service_configuration.h"
#include "service/repository/store.h"

namespace tributary {

/// The part of a repository that has the decryption key: opens and lands. One at a time for a store, in the process
/// that receives or in another one, on another computer too where that reaches store and ledger.
class Opening {
  public:
    /// Throws Error(key), Error(configuration), Error(in_use) when another process lands there.
    Opening(const ServiceConfiguration& configuration, Ledger& ledger, Store& store, FileSystem& files, Clock& clock,
            Log& log);

    Lander& lander() noexcept { return lander_; }

  private:
    FolderLock lock_;
    Lander lander_;
};

}  // namespace tributary
