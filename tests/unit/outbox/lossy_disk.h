#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tributary::testing {

/// The disk that SQLite sees while this lives (the default VFS, over real files), in a computer whose power fails: what
/// was not synced may be lost, wholly or here and there, also in the middle of a write. One at a time, one thread.
class LossyDisk {
  public:
    LossyDisk();
    ~LossyDisk();
    LossyDisk(const LossyDisk&) = delete;
    LossyDisk& operator=(const LossyDisk&) = delete;

    /// The power fails at the sync of this number, from 1, before it does anything; 0: never. Counts from here.
    void fail_at(std::uint64_t sync);
    bool failed() const noexcept { return dead_; }
    std::uint64_t syncs() const noexcept { return syncs_; }

    /// The power is there again: each write that was not synced is on the disk with probability `kept`, and some of
    /// those only in part. To be called when every file is closed.
    void come_back(double kept, std::uint32_t seed);

  private:
    struct Change {
        bool truncates = false;
        std::int64_t offset = 0;  // or the size, of a truncation
        std::string bytes;
    };
    /// What of a file was synced, and what was done to it since.
    struct Unsynced {
        std::string content;
        std::vector<Change> changes;
    };
    struct File;
    struct Methods;

    Unsynced& unsynced(const std::string& path);
    int sync(const std::string& path);

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    std::map<std::string, Unsynced> files_;
    std::uint64_t syncs_ = 0;
    std::uint64_t fails_at_ = 0;
    bool dead_ = false;
};

}  // namespace tributary::testing
