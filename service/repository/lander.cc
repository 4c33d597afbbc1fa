#include "service/repository/lander.h"

#include <utility>

#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

constexpr std::size_t chunks_at_a_time = 64;
constexpr std::chrono::milliseconds pause_after_failure = std::chrono::seconds(30);
constexpr std::chrono::milliseconds look_interval = std::chrono::seconds(1);
constexpr std::uint64_t largest_sealed_file = std::uint64_t{1} << 30U;

/// What is wrong with the chunk itself, and would be again; anything else is the disk's or the system's, and passes.
bool is_the_chunks_fault(ErrorCode code) noexcept {
    return code == ErrorCode::key || code == ErrorCode::corrupt || code == ErrorCode::limit ||
           code == ErrorCode::input || code == ErrorCode::not_found;
}

}  // namespace

std::filesystem::path landing_file(const LedgerChunk& chunk, const std::string& format) {
    const std::string date = to_rfc3339(chunk.received).substr(0, 10);
    const char* const kind = chunk.kind == ChunkKind::retraction ? "retractions=" : "stream=";
    return std::filesystem::path("site=" + chunk.site) / (kind + chunk.stream) / ("date=" + date) /
           (chunk.id + (format == "csv" ? ".csv" : ".ndjson"));
}

Lander::Lander(Ledger& ledger, Store& store, FileSystem& files, std::filesystem::path landing, ChunkOpener opener,
               Turn& turn, Clock& clock, Log& log)
    : ledger_(ledger),
      store_(store),
      files_(files),
      landing_(std::move(landing)),
      folders_(files, landing_),
      opener_(std::move(opener)),
      retractor_(ledger, store, files, landing_, log),
      turn_(turn),
      clock_(clock),
      log_(log) {
    files_.create_folders(landing_);
}

Lander::~Lander() {
    stop();
}

void Lander::start() {
    if (const std::uint64_t again = ledger_.retry_unopenable()) {
        log_.info("chunks that could not be opened are tried again", {{"chunks", again}});
    }
    work_ = true;
    thread_ = std::thread([this] { run(); });
}

void Lander::wake() {
    {
        const std::lock_guard lock(mutex_);
        work_ = true;
        idle_ = false;
    }
    changed_.notify_all();
}

void Lander::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool Lander::wait_until_idle(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return idle_; });
}

void Lander::run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        work_ = false;
        lock.unlock();
        const bool mine = has_turn();
        const bool all = mine && land_all();
        lock.lock();
        if (!mine && !stop_) {
            clock_.wait_for(changed_, lock, look_interval, [this] { return stop_; });
            work_ = true;
        } else if (!all && !stop_) {
            clock_.wait_for(changed_, lock, pause_after_failure, [this] { return stop_; });
            work_ = true;
        }
        if (!work_) {
            idle_ = true;
            changed_.notify_all();
            const auto woken = [this] { return work_ || stop_; };
            if (ledger_.is_shared()) {
                clock_.wait_for(changed_, lock, look_interval, woken);
            } else {
                changed_.wait(lock, woken);
            }
        }
    }
}

bool Lander::has_turn() {
    try {
        if (turn_.try_take()) {
            return true;
        }
        if (!std::exchange(told_of_wait_, true)) {
            log_.info("another process opens and lands; this one takes over when that is gone");
        }
    } catch (const std::exception& error) {
        log_.error("landing cannot begin", {{"error", error.what()}});
    }
    return false;
}

/// False if something has to be tried again.
bool Lander::land_all() {
    try {
        for (;;) {
            const std::vector<LedgerChunk> chunks = ledger_.to_land(chunks_at_a_time);
            if (chunks.empty()) {
                return true;
            }
            for (const LedgerChunk& chunk : chunks) {
                {
                    const std::lock_guard lock(mutex_);
                    if (stop_) {
                        return true;
                    }
                }
                if (!land_or_explain(chunk)) {
                    return false;
                }
            }
        }
    } catch (const std::exception& error) {
        log_.error("landing stopped; it is tried again in half a minute", {{"error", error.what()}});
        return false;
    }
}

bool Lander::land_or_explain(const LedgerChunk& chunk) {
    try {
        land(chunk);
        return true;
    } catch (const Error& error) {
        if (!is_the_chunks_fault(error.code())) {
            log_.error("a chunk could not be landed; it is tried again in half a minute",
                       {{"site", chunk.site}, {"stream", chunk.stream}, {"chunk", chunk.id}, {"error", error.what()}});
            return false;
        }
        ledger_.unopenable(chunk, error.what());
        log_.error("a chunk cannot be opened; it is kept as it came",
                   {{"site", chunk.site}, {"stream", chunk.stream}, {"chunk", chunk.id}, {"reason", error.what()}});
        return true;
    }
}

void Lander::land(const LedgerChunk& chunk) {
    const Manifest manifest = parse_manifest(chunk.manifest);
    const std::string sealed =
        read_file(files_, store_.sealed_file(chunk.site, chunk.stream, chunk.id), largest_sealed_file);
    const std::filesystem::path name = landing_file(chunk, manifest.format);
    const std::filesystem::path file = landing_ / name;
    // Readers of the landing folder skip names that begin with a dot.
    std::string hidden(1, '.');
    hidden.append(file.filename().string()).append(".part");
    const std::filesystem::path temporary = file.parent_path() / hidden;
    folders_.make(file.parent_path());
    LandedFile landed;
    try {
        const std::unique_ptr<WritableFile> output = files_.open_at(temporary, 0);
        opener_.open(sealed, manifest, [&](std::string_view piece) { output->write(piece); });
        output->sync();
        output->close();
        if (chunk.kind == ChunkKind::records) {
            landed = retractor_.filter(chunk, manifest, temporary);
        }
    } catch (...) {
        if (files_.exists(temporary)) {
            files_.remove(temporary);
        }
        throw;
    }
    fault_point(FaultPoint::repository_before_landing);
    files_.rename(temporary, file);
    files_.sync_folder(file.parent_path());
    fault_point(FaultPoint::repository_after_landing);
    landed.file = name.generic_string();
    if (chunk.kind == ChunkKind::retraction) {
        const std::uint64_t removed = retractor_.apply(chunk, manifest, file);
        log_.info("retracted people were removed", {{"site", chunk.site},
                                                    {"stream", chunk.stream},
                                                    {"chunk", chunk.id},
                                                    {"people", manifest.rows},
                                                    {"rows", removed}});
    }
    ledger_.landed(chunk, landed);
    fault_point(FaultPoint::repository_landed);
    retractor_.tidy(chunk, landed);
    log_.debug("landed",
               {{"site", chunk.site}, {"stream", chunk.stream}, {"chunk", chunk.id}, {"rows", manifest.rows}});
}

}  // namespace tributary
