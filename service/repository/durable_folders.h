#pragma once

#include <filesystem>
#include <mutex>
#include <set>

#include "agent/platform/file.h"

namespace tributary {

/// Makes folders below a root so that they are there after a power cut. A folder that exists may be one whose making
/// was never synced, so each is synced once in a process's life. Thread-safe.
class DurableFolders {
  public:
    /// `root` must exist.
    DurableFolders(FileSystem& files, std::filesystem::path root) : files_(files), root_(std::move(root)) {}
    /// `folder` and all above it up to the root. Throws Error(storage).
    void make(const std::filesystem::path& folder);

  private:
    FileSystem& files_;
    std::filesystem::path root_;
    std::mutex mutex_;
    std::set<std::filesystem::path> synced_;
};

}  // namespace tributary
