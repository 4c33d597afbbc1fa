#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/chunk_opener.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/retractor.h"
#include "service/repository/store.h"
#include "service/repository/turn.h"

namespace tributary {

/// A thread that opens stored chunks and lands their rows as `landing/site=RVW/stream=admissions/date=2026-11-22/
/// <id>.ndjson` (the date is the receipt's, UTC). A file stands under its name only when it is whole and on the disk;
/// landing a chunk again after a crash writes the same file again. A retraction lands as `landing/site=RVW/
/// retractions=admissions/date=…`, and the rows of its people are removed from what stands before it in the stream. A
/// chunk that is not what its manifest says becomes `unopenable` and is kept sealed; a disk that fails is tried again.
/// Where other processes receive for the same ledger, it looks by itself whether there is something new.
class Lander {
  public:
    Lander(Ledger& ledger, Store& store, FileSystem& files, std::filesystem::path landing, ChunkOpener opener,
           Turn& turn, Clock& clock, Log& log);
    ~Lander();
    Lander(const Lander&) = delete;
    Lander& operator=(const Lander&) = delete;

    /// Begins with whatever an earlier process left, the unopenable ones included (the key may have been put right).
    void start();
    /// There is something new. From any thread.
    void wake();
    void stop();
    /// Waits until nothing is left to land; false if `patience` ran out first. From any thread.
    bool wait_until_idle(std::chrono::milliseconds patience);

    /// Lands one chunk in the calling thread; for tests of a failing disk. Throws Error.
    void land(const LedgerChunk& chunk);

  private:
    void run();
    bool has_turn();
    bool land_all();
    bool land_or_explain(const LedgerChunk& chunk);

    Ledger& ledger_;
    Store& store_;
    FileSystem& files_;
    std::filesystem::path landing_;
    DurableFolders folders_;
    ChunkOpener opener_;
    Retractor retractor_;
    Turn& turn_;
    Clock& clock_;
    Log& log_;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool work_ = false;  // something may wait
    bool idle_ = false;
    bool stop_ = false;
    bool told_of_wait_ = false;  // of the thread alone
    std::thread thread_;
};

/// "site=RVW/stream=admissions/date=2026-11-22/<id>.ndjson"; "retractions=" instead of "stream=" for a retraction.
std::filesystem::path landing_file(const LedgerChunk& chunk, const std::string& format);

}  // namespace tributary
