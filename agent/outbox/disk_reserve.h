#pragma once

#include <cstdint>
#include <filesystem>

#include "agent/platform/file.h"

namespace tributary {

/// A file of no use but its size: when the disk is full, whatever filled it, the reserve is given up, so that receipts
/// can be stored and delivered chunks go. One thread at a time.
class DiskReserve {
  public:
    DiskReserve(FileSystem& files, std::filesystem::path file, std::uint64_t bytes)
        : files_(files), file_(std::move(file)), bytes_(bytes) {}

    /// Makes the file if it is not there and its disk has half as much again free. False if it is not there after all.
    bool keep();
    /// Bytes that are not kept.
    std::uint64_t missing() const;
    /// False if there was nothing to give up.
    bool give_up();

  private:
    FileSystem& files_;
    std::filesystem::path file_;
    std::uint64_t bytes_;
};

/// Bytes that the disk of a folder has left for this account. Throws Error(storage).
std::uint64_t free_bytes(const std::filesystem::path& folder);

}  // namespace tributary
