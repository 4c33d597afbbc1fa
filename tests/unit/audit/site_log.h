#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/audit/audit_verify.h"
#include "tests/unit/keys/test_certificates.h"

namespace tributary::testing {

/// A clock that stands still until it is told.
class StillClock final : public Clock {
  public:
    TimePoint now() const override { return time; }
    std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
    bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  std::chrono::milliseconds duration, const std::function<bool()>& ready) override {
        return condition.wait_for(lock, duration, ready);
    }
    TimePoint time = from_rfc3339("2026-11-22T08:30:00.000Z");
};

/// The audit log of site RVW in a folder of its own.
struct SiteLog {
    TemporaryFolder data;
    StillClock clock;
    Identity site = p256_identity("RVW");
    std::vector<std::string> warnings;

    AuditLog log(std::uint64_t rotate_bytes = AuditLog::file_bytes, FileSystem& files = system_files());
    /// Lines 1 to `lines`: log_begun, then deliveries; a minute between them.
    void fill(std::uint64_t lines, std::uint64_t rotate_bytes = AuditLog::file_bytes);

    std::filesystem::path file(const std::string& name = "audit-000001.log") const {
        return data.path() / "audit" / name;
    }
    std::string content(const std::string& name = "audit-000001.log") const;
    void set_content(const std::string& text, const std::string& name = "audit-000001.log") const;
    /// With their line ends.
    std::vector<std::string> lines(const std::string& name = "audit-000001.log") const;

    AuditVerification verify(const std::vector<AuditAnchor>& anchors = {});
    /// By the log's own words: names of the events, in order.
    std::vector<std::string> events() const;
};

/// A delivery of `chunks` chunks.
AuditDetails some_delivery(std::uint64_t chunks);

std::string joined(const std::vector<std::string>& texts);

}  // namespace tributary::testing
