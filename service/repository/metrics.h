#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "agent/platform/clock.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/open_connections.h"

namespace tributary {

/// What a monitoring system is told of the repository: what it has done since it was started, and how the ledger
/// stands. Labels are codes of sites, names of streams, and states; never anything of a record. Thread-safe.
class Metrics {
  public:
    Metrics(Ledger& ledger, OpenConnections& connections, Clock& clock)
        : ledger_(ledger), connections_(connections), clock_(clock) {}

    void stored(const LedgerChunk& chunk);
    void answered(int status);
    void hung_up(std::size_t connections);

    /// In the Prometheus text format 0.0.4. Throws Error(storage) if the ledger cannot be read.
    std::string text();

  private:
    struct Stored {
        std::uint64_t chunks = 0;
        std::uint64_t rows = 0;
        std::uint64_t bytes = 0;
    };

    Ledger& ledger_;
    OpenConnections& connections_;
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Stored> stored_;  // by site and stream
    std::map<int, std::uint64_t> answered_;                         // by status
    std::uint64_t hung_up_ = 0;
};

}  // namespace tributary
