#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"

namespace tributary {

/// The audit log's folder: audit-000001.log, audit-000002.log and so on, one chain through all of them; audit.head; and
/// the lock of who writes. A log file is never renamed nor written again once the next one is begun.
std::filesystem::path audit_folder(const std::filesystem::path& data_folder);
std::filesystem::path audit_head_file(const std::filesystem::path& folder);
std::string audit_file_name(std::uint64_t number);
/// Numbers of the log files in the folder, rising; none if there is no folder.
std::vector<std::uint64_t> audit_file_numbers(FileSystem& files, const std::filesystem::path& folder);

/// Waits for the folder's lock, which each process holds for one append; Error(in_use) after ten seconds.
std::unique_ptr<FolderLock> lock_audit_folder(const std::filesystem::path& folder, Clock& clock);

/// Reads a log file line by line, in bounded memory. One thread at a time.
class AuditFileReader {
  public:
    /// What stands behind `end` is not read.
    AuditFileReader(FileSystem& files, const std::filesystem::path& path, std::uint64_t end);

    struct Line {
        std::string text;  ///< without its line end; its first bytes if it is too long
        std::uint64_t offset = 0;
        bool complete = false;  ///< it has a line end
        bool too_long = false;  ///< more than longest_audit_line
    };
    /// None at the end.
    std::optional<Line> next();

  private:
    bool fill();

    std::unique_ptr<ReadableFile> file_;
    std::uint64_t left_;  ///< bytes of the file that are not in block_ yet
    std::string block_;
    std::size_t at_ = 0;  ///< in block_
    std::uint64_t offset_ = 0;
};

}  // namespace tributary
