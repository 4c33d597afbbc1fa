#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"

namespace tributary {

/// NHS numbers of people whose records must not leave. Immutable; may be shared between threads. Six million take 27
/// MB.
class OptOutList {
  public:
    /// Of NHS numbers without their check digits: nine digits each; in any order.
    explicit OptOutList(std::vector<std::uint32_t> numbers);

    /// Ten digits, as read_nhs_number gives them.
    bool contains(std::string_view nhs_number) const noexcept;
    std::size_t size() const noexcept { return numbers_.size(); }
    std::span<const std::uint32_t> numbers() const noexcept { return numbers_; }

  private:
    std::vector<std::uint32_t> numbers_;   // in rising order, each once
    std::vector<std::uint32_t> first_of_;  // where the numbers of each range of 2^14 begin
};

/// What a policy says of opt-outs.
struct OptOutSettings {
    std::string field;                         ///< of the source: the NHS number
    std::vector<std::filesystem::path> lists;  ///< one number a line
    std::chrono::seconds max_age{};            ///< since a list's file was last changed
    bool empty_lists = false;                  ///< whether a list may be empty
};

/// Reads the lists anew whenever one of their files has changed. Fail-closed: throws Error(input, naming file and line;
/// not_found, permission, storage) for a list that is missing, older than max_age, dated more than a day ahead of the
/// clock, empty, cut off in the middle of a line, or has a line that is no NHS number. A comma behind it, blank lines
/// and lines that begin with # are right, up to 1,000 bytes: the national data opt-out service's answer over MESH,
/// workflow SPINE_NTT_UPHOLDING, has numbers as NNNNNNNNNN,. One thread.
class OptOutLists {
  public:
    OptOutLists(OptOutSettings settings, FileSystem& files, Clock& clock)
        : settings_(std::move(settings)), files_(files), clock_(clock) {}

    /// The people on any of the lists, as they are now.
    std::shared_ptr<const OptOutList> current();

  private:
    void check_age(const std::filesystem::path& file, const FileStamp& stamp) const;

    OptOutSettings settings_;
    FileSystem& files_;
    Clock& clock_;
    std::vector<FileStamp> stamps_;  // of what list_ was read from
    std::shared_ptr<const OptOutList> list_;
};

}  // namespace tributary
