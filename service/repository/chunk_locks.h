#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "agent/platform/place_locks.h"

namespace tributary {

/// One thread at a time for each chunk. Thread-safe.
class ChunkLocks {
  public:
    /// Among the threads of this process.
    ChunkLocks() = default;
    /// Also among all processes that use this lock file; Error(in_use) where one of them keeps a chunk for long.
    explicit ChunkLocks(const std::filesystem::path& between_processes) : places_(between_processes) {}

    class Held {
      public:
        Held(ChunkLocks& locks, std::string key) : locks_(locks), key_(std::move(key)) { locks_.acquire(key_); }
        ~Held() { locks_.release(key_); }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;

      private:
        ChunkLocks& locks_;
        std::string key_;
    };

  private:
    void acquire(const std::string& key);
    void release(const std::string& key);
    void forget(const std::string& key);

    std::mutex mutex_;
    std::condition_variable released_;
    std::set<std::string> held_;
    std::optional<PlaceLocks> places_;
};

}  // namespace tributary
