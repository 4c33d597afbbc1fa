#pragma once

#include <optional>
#include <set>
#include <string>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/agent/installation.h"

namespace tributary {

/// Learns of other certificates of the repository: over the authenticated connection, signed with the key that is known
/// here, and issued by the authority. One thread.
class RepositoryCertificates {
  public:
    static constexpr std::chrono::milliseconds interval = std::chrono::hours(1);
    /// When receipts come that nobody known here has signed.
    static constexpr std::chrono::milliseconds urgent_interval = std::chrono::seconds(10);

    /// The installation must have credentials; it is only read.
    RepositoryCertificates(const Installation& installation, FileSystem& files, Clock& clock, Log& log);

    /// Asks if it is time for it. True: the files are others now. What goes wrong changes nothing, and is in the log.
    bool learn_if_due(bool urgent);

  private:
    bool learn();

    const Installation& installation_;
    FileSystem& files_;
    Clock& clock_;
    Log& log_;
    std::optional<std::chrono::steady_clock::time_point> asked_;
    bool urgent_ = false;
    std::set<std::string> told_;  // what is in the log already
};

}  // namespace tributary
