#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "agent/outbox/outbox.h"
#include "agent/platform/clock.h"

namespace tributary::testing {

/// A clock that stands still until a test moves it.
class SetClock final : public Clock {
  public:
    TimePoint now() const override { return now_; }
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(now_.time_since_epoch());
    }
    bool wait_for(std::condition_variable&, std::unique_lock<std::mutex>&, std::chrono::milliseconds,
                  const std::function<bool()>& ready) override {
        return ready();
    }
    void advance(std::chrono::milliseconds by) { now_ += by; }

  private:
    TimePoint now_ = from_rfc3339("2026-11-22T08:30:00.000Z");
};

/// A folder under the system's temporary one, with the queue file's name in it; goes when it goes.
class QueueFolder {
  public:
    QueueFolder();
    ~QueueFolder();
    QueueFolder(const QueueFolder&) = delete;
    QueueFolder& operator=(const QueueFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path file() const { return path_ / "queue.sqlite"; }

  private:
    std::filesystem::path path_;
};

/// Every field filled, in the form that parse_manifest wants.
Manifest sample_manifest();

/// A chunk of `size` random bytes with its digests right, of the stream.
SealedChunk chunk_of_size(const std::string& stream, std::size_t size, std::uint64_t rows = 10);

/// A commit of the run with the chunks' rows added up.
OutboxCommit commit_of(const std::string& source, const std::string& run, const std::string& checkpoint,
                       std::vector<SealedChunk> chunks);

/// A connection of the test's own to the queue file.
class Connection {
  public:
    explicit Connection(const std::filesystem::path& file);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    std::int64_t integer(const std::string& sql);
    void execute(const std::string& sql);

  private:
    sqlite3* connection_ = nullptr;
};

}  // namespace tributary::testing
