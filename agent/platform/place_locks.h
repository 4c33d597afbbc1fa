#pragma once

#include <cstdint>
#include <filesystem>

namespace tributary {

/// Locks between processes that work on the same files: numbered places of a lock file, any of which one process holds
/// at a time. The operating system takes them away when the process dies, however it dies. Between threads of one
/// process they do not hold. Thread-safe. Throws Error(storage), Error(permission).
class PlaceLocks {
  public:
    /// The file is made if it is missing; its folder must exist.
    explicit PlaceLocks(const std::filesystem::path& file);
    ~PlaceLocks();
    PlaceLocks(const PlaceLocks&) = delete;
    PlaceLocks& operator=(const PlaceLocks&) = delete;

    /// Places are below 2^62. False if another process holds it.
    bool try_lock(std::uint64_t place);
    void unlock(std::uint64_t place) noexcept;

  private:
    std::filesystem::path file_;
    std::intptr_t handle_ = -1;
};

}  // namespace tributary
