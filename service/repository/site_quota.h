#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "agent/platform/clock.h"
#include "service/repository/ledger/ledger.h"

namespace tributary {

/// How many sealed bytes a site may deliver within 24 hours, by the hour. What other processes have taken for a shared
/// ledger is known within a minute. Thread-safe.
class SiteQuota {
  public:
    SiteQuota(Ledger& ledger, std::uint64_t bytes_a_day, Clock& clock)
        : ledger_(ledger), bytes_a_day_(bytes_a_day), clock_(clock) {}

    /// Whether so many more may come.
    bool allows(const std::string& site, std::uint64_t bytes);
    /// They have come, and are in the ledger.
    void add(const std::string& site, std::uint64_t bytes);

  private:
    using Hours = std::map<std::int64_t, std::uint64_t>;  // bytes by hour since 1970
    std::int64_t hour() const;
    struct Counted {
        Hours hours;
        std::chrono::steady_clock::time_point read;  ///< from the ledger
    };
    Hours& hours_of(const std::string& site);

    Ledger& ledger_;
    std::uint64_t bytes_a_day_;
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Counted> sites_;
};

}  // namespace tributary
