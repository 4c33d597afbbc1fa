#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "agent/outbox/database.h"
#include "agent/outbox/disk_reserve.h"
#include "agent/outbox/group_commit.h"
#include "agent/outbox/open_chunks.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/error.h"

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

/// Gives the chunk its place in the stream's chain and stores it; in a transaction.
void queue_chunk(Database& database, const std::string& site, const std::string& queue, const std::string& run,
                 const SealedChunk& chunk);

/// What the run has brought of the stream, with this chunk; of the transaction that queues it.
void add_to_run(Database& database, const std::string& run, const Manifest& chunk, std::string_view manifest_sha256);

/// Throws Error(corrupt), and the file counts as damaged, if what a run has brought is not what was stored.
void check_run_streams(Database& database);
/// Each run manifest against its digest; one line a fault.
void check_run_manifests(Database& database, std::vector<std::string>& faults);

/// When a queued run manifest is due next; not in the future of `now` for a time that counts for nothing.
std::optional<TimePoint> next_due_run(Database& database, TimePoint now);

/// A time further ahead than any wait was set by a clock that was ahead, and counts for nothing.
bool has_to_wait(TimePoint next_attempt, TimePoint now) noexcept;

/// As it is stored: 300 characters at most, none of them cut.
std::string_view short_error(std::string_view text);

/// For outbox*.cc only. Every public call holds the mutex for as long as it uses the database.
struct Outbox::Implementation {
    Implementation(std::unique_ptr<Database> opened, std::string site_code, Clock& time)
        : database(std::move(opened)),
          site(std::move(site_code)),
          queue(property(*database, "queue")),
          clock(time),
          open_chunks(*database, site, queue) {}

    std::unique_ptr<Database> database;
    std::string site;
    std::string queue;  // its id; empty for one that was made by version 3 or before
    Clock& clock;
    std::mutex mutex;
    std::optional<DiskReserve> reserve;
    OpenChunks open_chunks;
    GroupCommit<OutboxCommit, QueuedChunks> group;
    std::atomic<std::uint64_t> used_bytes{0};  // asked for at each group that a source brings

    /// What delivery has to write is small, and the reserve is there for it.
    template <typename Write>
    void write_at_any_rate(Write write) {
        try {
            write();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::storage || !reserve || !reserve->give_up()) {
                throw;
            }
            write();
        }
    }

    void measure();

    /// Of a transaction; what is known of open chunks ends with one that fails.
    template <typename Write>
    auto in_transaction(Write write) {
        try {
            Transaction transaction(*database);
            auto result = write(*database);
            transaction.commit();
            return result;
        } catch (...) {
            open_chunks.forget();
            throw;
        }
    }
    QueuedChunks commit(const OutboxCommit& commit);
    void alone(GroupCommit<OutboxCommit, QueuedChunks>::Member& member);
    void commit_group(std::span<GroupCommit<OutboxCommit, QueuedChunks>::Member* const> members);

    void store_receipt(const std::string& chunk_id, const std::string& receipt_jws);
    std::int64_t now() const { return clock.now().time_since_epoch().count(); }
};

inline std::int64_t to_milliseconds(TimePoint time) {
    return time.time_since_epoch().count();
}

inline TimePoint from_milliseconds(std::int64_t milliseconds) {
    return TimePoint(std::chrono::milliseconds(milliseconds));
}

[[noreturn]] void fail_unknown(const std::string& id);
[[noreturn]] void fail_unknown_rows(std::uint64_t number);

/// The row of a query that selects id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt and
/// last_error.
QueuedChunk chunk_of(const Query& row);

}  // namespace tributary
