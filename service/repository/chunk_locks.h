#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace tributary {

/// One thread at a time for each chunk. Thread-safe.
class ChunkLocks {
  public:
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

    std::mutex mutex_;
    std::condition_variable released_;
    std::set<std::string> held_;
};

}  // namespace tributary
