#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/outbox/database.h"
#include "agent/outbox/outbox.h"

namespace tributary {

/// For outbox*.cc only. Every public call holds the mutex for as long as it uses the database.
struct Outbox::Implementation {
    Implementation(std::unique_ptr<Database> opened, std::string site_code, Clock& time)
        : database(std::move(opened)), site(std::move(site_code)), clock(time) {}

    std::unique_ptr<Database> database;
    std::string site;
    Clock& clock;
    std::mutex mutex;

    std::int64_t now() const { return clock.now().time_since_epoch().count(); }
};

inline std::int64_t to_milliseconds(TimePoint time) {
    return time.time_since_epoch().count();
}

inline TimePoint from_milliseconds(std::int64_t milliseconds) {
    return TimePoint(std::chrono::milliseconds(milliseconds));
}

[[noreturn]] void fail_unknown(const std::string& chunk_id);
[[noreturn]] void fail_unknown_rows(std::uint64_t number);
/// After something was deleted, a part of the file's free pages goes back to the disk.
void give_back_space(Database& database);

/// The row of a query that selects id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt and
/// last_error.
QueuedChunk chunk_of(const Query& row);

}  // namespace tributary
