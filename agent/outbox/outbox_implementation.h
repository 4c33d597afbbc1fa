#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/outbox/database.h"
#include "agent/outbox/disk_reserve.h"
#include "agent/outbox/outbox.h"

namespace tributary {

/// Of the queue itself; empty if it has none of that name.
std::string property(Database& database, const char* name);

/// Of a row's values that nothing else checks.
std::string row_seal(std::initializer_list<std::string_view> values);
/// Throws Error(corrupt), and the file counts as damaged, if the row has a seal and its values another.
void check_seal(Database& database, std::string_view seal, std::initializer_list<std::string_view> values,
                const std::string& what);

/// Remembers that a queue before this one was lost or damaged, and whether with it where the sources stood.
void note_loss(Database& database, TimePoint now, bool positions);

/// For outbox*.cc only. Every public call holds the mutex for as long as it uses the database.
struct Outbox::Implementation {
    Implementation(std::unique_ptr<Database> opened, std::string site_code, Clock& time)
        : database(std::move(opened)), site(std::move(site_code)), queue(property(*database, "queue")), clock(time) {}

    std::unique_ptr<Database> database;
    std::string site;
    std::string queue;  // its id; empty for one that was made by version 3 or before
    Clock& clock;
    std::mutex mutex;
    std::optional<DiskReserve> reserve;
    std::atomic<std::uint64_t> used_bytes{0};  // asked for at each group that a source brings

    template <typename Write>
    void write_at_any_rate(Write write);

    void measure();

    void store_receipt(const std::string& chunk_id, const std::string& receipt_jws);
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

/// The row of a query that selects id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt and
/// last_error.
QueuedChunk chunk_of(const Query& row);

}  // namespace tributary
