#include <algorithm>
#include <iterator>

#include "agent/keys/digest.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

/// Free pages are kept for the chunks to come, and given back to the disk beyond this.
constexpr std::int64_t kept_free_bytes = 64LL << 20U;  // for the chunks to come

std::vector<std::string> streams(Database& database) {
    std::vector<std::string> names;
    auto row = database.query("SELECT stream FROM streams");
    while (row.step()) {
        names.push_back(row.text(0));
    }
    return names;
}

/// The stream's queued chunks from the first on, up to one that has to wait: what comes after it waits too.
std::vector<QueuedChunk> due_of(Database& database, const std::string& stream, TimePoint now, std::size_t limit) {
    std::vector<QueuedChunk> chunks;
    auto row = database.query(
        "SELECT id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt, last_error, queue "
        "FROM chunks WHERE state = 0 AND stream = ?1 ORDER BY number LIMIT ?2");
    row.bind(1, std::string_view(stream)).bind(2, std::uint64_t{limit});
    while (row.step()) {
        auto chunk = chunk_of(row);
        if (has_to_wait(chunk.next_attempt, now)) {
            break;
        }
        chunks.push_back(std::move(chunk));
    }
    return chunks;
}

[[noreturn]] void fail_changed(const std::string& chunk_id, const std::string& part) {
    throw Error(ErrorCode::corrupt, "the " + part + " of chunk " + clean_text(chunk_id) +
                                        " does not match its digest any more: the queue file was changed or the disk "
                                        "is failing");
}

}  // namespace

bool has_to_wait(TimePoint next_attempt, TimePoint now) noexcept {
    constexpr auto longest_wait = std::chrono::hours(24);
    return next_attempt > now && next_attempt - now <= longest_wait;
}

std::string_view short_error(std::string_view text) {
    std::size_t count = 300;  // characters
    std::size_t end = 0;
    while (end < text.size()) {
        const bool continues = (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U;
        if (!continues && count-- == 0) {
            break;
        }
        ++end;
    }
    return text.substr(0, end);
}

void fail_unknown(const std::string& id) {
    throw Error(ErrorCode::not_found,
                "there is no chunk " + clean_text(id) + " in the queue; 'tributary queue list' shows all");
}

void fail_unknown_rows(std::uint64_t number) {
    throw Error(ErrorCode::not_found,
                "there are no held rows of number " + std::to_string(number) + "; 'tributary held list' lists them");
}

namespace {

/// Above it, writing all that is in use anew takes longer, and more memory, than moving some of it.
constexpr std::int64_t small_bytes = 16LL << 20U;

struct FileUse {
    std::int64_t free = 0;  ///< bytes of the file that hold nothing
    std::int64_t used = 0;
};

FileUse use_of(Database& database) {
    const auto page = database.integer("PRAGMA page_size");
    const auto free = database.integer("PRAGMA freelist_count");
    return {free * page, (database.integer("PRAGMA page_count") - free) * page};
}

}  // namespace

bool Outbox::give_back_space(bool all) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    const auto use = use_of(database);
    // Pages in use at the file's end have to move first, so it is worth it once most of the file is empty.
    const bool worth = all ? use.free > 0 : use.free > kept_free_bytes && use.free > 3 * use.used;
    if (!worth) {
        return false;
    }
    implementation_->write_at_any_rate([&] {
        if (use.used < small_bytes && use.free > kept_free_bytes) {
            database.execute("VACUUM");  // takes time for what is used; the other way for what is not
        } else {
            database.execute("PRAGMA incremental_vacuum(256)");  // few, so that nobody waits long for it
        }
        database.execute("PRAGMA wal_checkpoint(PASSIVE)");
    });
    implementation_->measure();
    return true;
}

std::vector<QueuedChunk> Outbox::due(TimePoint now, std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    std::vector<std::vector<QueuedChunk>> by_stream;
    std::size_t longest = 0;
    for (const auto& stream : streams(database)) {
        by_stream.push_back(due_of(database, stream, now, limit));
        longest = std::max(longest, by_stream.back().size());
    }
    std::vector<QueuedChunk> chunks;
    for (std::size_t place = 0; place < longest && chunks.size() < limit; ++place) {
        for (auto& stream : by_stream) {
            if (place < stream.size() && chunks.size() < limit) {
                chunks.push_back(std::move(stream[place]));
            }
        }
    }
    return chunks;
}

std::optional<TimePoint> Outbox::next_due() const {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    std::optional<TimePoint> earliest;
    for (const auto& stream : streams(database)) {
        auto row =
            database.query("SELECT next_attempt FROM chunks WHERE state = 0 AND stream = ?1 ORDER BY number LIMIT 1");
        if (row.bind(1, std::string_view(stream)).step()) {
            const auto stored = from_milliseconds(row.integer(0));
            const auto now = implementation_->clock.now();
            const auto time = stored > now && !has_to_wait(stored, now) ? now : stored;
            earliest = earliest ? std::min(*earliest, time) : time;
        }
    }
    if (const auto run = next_due_run(database, implementation_->clock.now())) {
        earliest = earliest ? std::min(*earliest, *run) : *run;
    }
    return earliest;
}

std::string Outbox::manifest(const std::string& chunk_id) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query(
        "SELECT manifest, manifest_sha256 FROM payloads JOIN chunks ON number = chunk WHERE id = ?1");
    if (!row.bind(1, std::string_view(chunk_id)).step()) {
        fail_unknown(chunk_id);
    }
    auto text = row.text(0);
    if (const auto digest = row.text(1); !digest.empty() && to_hex(sha256(text)) != digest) {
        fail_changed(chunk_id, "manifest");
    }
    return text;
}

std::string Outbox::payload(const std::string& chunk_id) const {
    std::string sealed;
    std::string digest;
    {
        const std::lock_guard lock(implementation_->mutex);
        auto row = implementation_->database->query(
            "SELECT sealed, sealed_sha256 FROM payloads JOIN chunks ON number = chunk WHERE id = ?1");
        if (!row.bind(1, std::string_view(chunk_id)).step()) {
            fail_unknown(chunk_id);
        }
        sealed = row.blob(0);
        digest = row.text(1);
    }
    if (to_hex(sha256(sealed)) != digest) {
        fail_changed(chunk_id, "content");
    }
    return sealed;
}

void Outbox::store_receipt(const std::string& chunk_id, const std::string& receipt_jws) {
    const std::lock_guard lock(implementation_->mutex);
    implementation_->write_at_any_rate([&] { implementation_->store_receipt(chunk_id, receipt_jws); });
    implementation_->measure();
}

void Outbox::Implementation::store_receipt(const std::string& chunk_id, const std::string& receipt_jws) {
    Transaction transaction(*database);
    std::string manifest_digest;
    {
        auto row = database->query("SELECT manifest FROM payloads JOIN chunks ON number = chunk WHERE id = ?1");
        if (row.bind(1, std::string_view(chunk_id)).step()) {
            manifest_digest = to_hex(sha256(row.text(0)));
        }
    }
    if (manifest_digest.empty()) {
        auto held = database->query("SELECT 1 FROM receipts WHERE chunk_id = ?1");
        if (held.bind(1, std::string_view(chunk_id)).step()) {
            return;  // the same receipt once more
        }
        fail_unknown(chunk_id);
    }
    (*database)
        .query(
            "INSERT INTO receipts (chunk_id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, "
            "manifest_sha256, jws, stored) "
            "SELECT id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, ?2, ?3, ?4 FROM chunks "
            "WHERE id = ?1")
        .bind(1, std::string_view(chunk_id))
        .bind(2, std::string_view(manifest_digest))
        .bind(3, std::string_view(receipt_jws))
        .bind(4, now())
        .run();
    database->query("DELETE FROM chunks WHERE id = ?1").bind(1, std::string_view(chunk_id)).run();
    fault_point(FaultPoint::courier_in_receipt_commit);
    transaction.commit();
}

void Outbox::keep_reserve(std::uint64_t bytes) {
    const std::lock_guard lock(implementation_->mutex);
    auto& reserve = implementation_->reserve;
    if (!reserve) {
        reserve.emplace(reserve_of(implementation_->database->file(), bytes));
    }
    reserve->keep();
}

DiskReserve Outbox::reserve_of(const std::filesystem::path& file, std::uint64_t bytes) {
    auto reserve = file;
    reserve += ".reserve";
    return {system_files(), std::move(reserve), bytes};
}

std::uint64_t Outbox::missing_reserve() const {
    const std::lock_guard lock(implementation_->mutex);
    return implementation_->reserve ? implementation_->reserve->missing() : 0;
}

std::uint64_t Outbox::used_bytes() const {
    return implementation_->used_bytes;
}

void Outbox::Implementation::measure() {
    const auto pages = database->integer("PRAGMA page_count") - database->integer("PRAGMA freelist_count");
    used_bytes = static_cast<std::uint64_t>(pages * database->integer("PRAGMA page_size"));
}

void Outbox::end_waits() {
    const std::lock_guard lock(implementation_->mutex);
    for (const char* sql : {"UPDATE chunks SET next_attempt = ?1 WHERE state = 0 AND next_attempt > ?1",
                            "UPDATE run_manifests SET next_attempt = ?1 WHERE state = 0 AND next_attempt > ?1"}) {
        implementation_->database->query(sql).bind(1, implementation_->now()).run();
    }
}

void Outbox::record_attempt(const std::string& chunk_id, const std::string& error, TimePoint next_attempt) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    implementation_->write_at_any_rate([&] {
        database
            .query(
                "UPDATE chunks SET attempts = attempts + 1, last_error = ?2, next_attempt = ?3 WHERE id = ?1 AND state "
                "= 0")
            .bind(1, std::string_view(chunk_id))
            .bind(2, short_error(error))
            .bind(3, to_milliseconds(next_attempt))
            .run();
    });
    if (database.changes() != 1) {
        fail_unknown(chunk_id);
    }
}

void Outbox::quarantine(const std::string& chunk_id, const std::string& reason) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    implementation_->write_at_any_rate([&] {
        database
            .query("UPDATE chunks SET state = 1, attempts = attempts + 1, last_error = ?2 WHERE id = ?1 AND state = 0")
            .bind(1, std::string_view(chunk_id))
            .bind(2, short_error(reason))
            .run();
    });
    if (database.changes() != 1) {
        fail_unknown(chunk_id);
    }
}

}  // namespace tributary
