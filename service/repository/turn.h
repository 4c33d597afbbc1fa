#pragma once

#include <filesystem>
#include <optional>

#include "agent/platform/process.h"

namespace tributary {

/// What one of several processes does: the first that takes a folder's lock, and another one when that is gone. One
/// thread at a time.
class Turn {
  public:
    /// The folder is made where it is missing.
    explicit Turn(std::filesystem::path folder);

    /// Takes it, and keeps it as long as this object is there; throws Error(in_use) if another process has it.
    void take();
    /// Takes it if no other process has it; whether it is this one's.
    bool try_take();

  private:
    std::filesystem::path folder_;
    std::optional<FolderLock> lock_;
};

}  // namespace tributary
