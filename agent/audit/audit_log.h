#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "agent/audit/audit_event.h"
#include "agent/audit/audit_head.h"
#include "agent/platform/clock.h"
#include "agent/platform/file.h"

namespace tributary {

/// The site's audit log: lines of JSON, each with the SHA-256 of the line before, and a head that the site's private
/// key signs with every line. Whoever has not that key cannot change, remove, add or cut off a line without `tributary
/// audit verify` telling. Whoever has it, or puts back an older state of the whole folder, is found by a head that was
/// noted elsewhere: head(), which the repository is to be told of.
///
/// Several processes and threads may append to one log; each append takes the folder's lock. Holds no state of the log
/// itself, so it may live as long as the agent.
class AuditLog {
  public:
    static constexpr std::uint64_t file_bytes = 64U << 20U;  ///< at which a new log file begins

    /// `key`: the site's, EC P-256 (ES256). `warned` (may be empty) is told when the log was found cut off or changed.
    AuditLog(const std::filesystem::path& data_folder, std::string site, PrivateKey key, FileSystem& files,
             Clock& clock, std::function<void(const std::string&)> warned = {},
             std::uint64_t rotate_bytes = file_bytes);

    /// One line, durable when it returns. Finishes first what a crash had cut off, and says so in the log. A log that
    /// is not as its head says is left as it is and goes on in a new file with an event log_broken, so that what
    /// happens is recorded all the same.
    /// Throws Error: internal or input (check_details), in_use (others hold the lock for ten seconds), storage,
    /// permission, configuration (the log is of another site). If it throws storage, the line may be written by the
    /// next append.
    AuditHead append(AuditEvent event, const AuditDetails& details);

    /// The signed head, to be told to others; none before the first line. Throws Error(corrupt) if it is not signed by
    /// this site's key.
    std::optional<AuditHead> head() const;

  private:
    /// Where the next line goes.
    struct Place {
        std::uint64_t sequence = 0;  ///< of the line before; 0 for none
        std::string previous;
        std::uint64_t file = 1;
        std::uint64_t offset = 0;
    };
    static Place behind(const AuditHead& head);
    Place settle();
    Place settle(const ReadHead& read, const std::string& text);
    Place begin_anew(const std::string& fault, const std::optional<AuditHead>& head);
    Place last_readable_line() const;
    AuditHead write(const Place& place, AuditEvent event, const AuditDetails& details);
    void write_line(const AuditHead& head);
    void cut_off(const std::filesystem::path& path, std::uint64_t offset) noexcept;
    void sync_file(const Place& place);
    void warn(const std::string& text) const;

    std::filesystem::path folder_;
    std::string site_;
    PrivateKey key_;
    PublicKey signer_;
    std::string signer_fingerprint_;
    FileSystem& files_;
    Clock& clock_;
    std::function<void(const std::string&)> warned_;
    std::uint64_t rotate_bytes_;
    std::mutex mutex_;
};

}  // namespace tributary
