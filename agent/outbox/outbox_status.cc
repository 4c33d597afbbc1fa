#include <map>

#include "agent/keys/digest.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

std::optional<TimePoint> time_or_none(const Query& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(from_milliseconds(row.integer(column)));
}

std::uint64_t count(Database& database, const char* sql) {
    return static_cast<std::uint64_t>(database.integer(sql));
}

StoredHeldRows held_rows_of(const Query& row) {
    return {row.count(0), row.text(1), row.text(2), row.count(3), row.text(4), from_milliseconds(row.integer(5))};
}

void check_structure(Database& database, std::vector<std::string>& faults) {
    auto row = database.query("PRAGMA integrity_check(100)");
    while (row.step()) {
        if (auto line = row.text(0); line != "ok") {
            faults.push_back("the queue file: " + line);
        }
    }
    auto orphan = database.query("PRAGMA foreign_key_check");
    while (orphan.step()) {
        faults.push_back("the queue file: a row of table " + orphan.text(0) + " has lost the row of table " +
                         orphan.text(2) + " that it belongs to");
    }
}

/// Of rows that are read one at a time otherwise.
void check_seals(Database& database, std::vector<std::string>& faults) {
    try {
        auto stream = database.query("SELECT stream, next_sequence, last_manifest_sha256, seal FROM streams");
        while (stream.step()) {
            check_seal(database, stream.text(3), {stream.text(0), stream.text(1), stream.text(2)},
                       "the place of stream " + stream.text(0));
        }
        auto checkpoint = database.query("SELECT source, checkpoint, seal FROM checkpoints");
        while (checkpoint.step()) {
            check_seal(database, checkpoint.text(2), {checkpoint.text(0), checkpoint.blob(1)},
                       "the place of source " + checkpoint.text(0));
        }
        auto mark = database.query("SELECT source, mark, seal FROM marks");
        while (mark.step()) {
            check_seal(database, mark.text(2), {mark.text(0), mark.blob(1)}, "a mark of source " + mark.text(0));
        }
        check_run_streams(database);
        check_open_chunks(database);
    } catch (const Error& error) {
        faults.emplace_back(error.what());
    }
}

/// The chunk of this number held against its manifest; `previous` is the digest of the stream's manifest before if that
/// is in the queue too, and becomes this one's.
void check_chunk(Database& database, std::int64_t number,
                 std::map<std::string, std::pair<std::uint64_t, std::string>>& chain,
                 std::vector<std::string>& faults) {
    auto row = database.query(
        "SELECT id, stream, sequence, sealed_sha256, manifest, sealed, queue, manifest_sha256, rows, sealed_bytes "
        "FROM chunks "
        "LEFT JOIN payloads ON chunk = number WHERE number = ?1");
    if (!row.bind(1, number).step()) {
        return;  // delivered meanwhile
    }
    const auto place = "chunk " + row.text(0) + " (stream " + row.text(1) + ", sequence number " + row.text(2) + "): ";
    if (row.is_null(5)) {
        faults.push_back(place + "its payload is missing");
        return;
    }
    if (to_hex(sha256(row.blob(5))) != row.text(3)) {
        faults.push_back(place + "its payload does not match its digest");
    }
    const auto text = row.text(4);
    if (!row.text(7).empty() && to_hex(sha256(text)) != row.text(7)) {
        faults.push_back(place + "its manifest does not match its digest");
    }
    auto& [sequence, digest] = chain[row.text(6) + row.text(1)];
    try {
        const auto manifest = parse_manifest(text);
        if (manifest.id != row.text(0) || manifest.stream != row.text(1) || manifest.sequence != row.count(2) ||
            manifest.sealed_sha256 != row.text(3) || manifest.queue != row.text(6) || manifest.rows != row.count(8) ||
            manifest.sealed_bytes != row.count(9)) {
            faults.push_back(place + "its manifest is that of another chunk");
        }
        if (!digest.empty() && manifest.sequence == sequence + 1 && manifest.previous != digest) {
            faults.push_back(place + "it does not follow the manifest before it");
        }
    } catch (const Error& error) {
        faults.push_back(place + error.what());
    }
    sequence = row.count(2);
    digest = to_hex(sha256(text));
}

/// They quote names out of a file that may be damaged.
std::vector<std::string> cleaned(std::vector<std::string> faults) {
    constexpr std::size_t longest = 1000;
    for (auto& fault : faults) {
        fault = clean_text(fault, longest);
    }
    return faults;
}

}  // namespace

bool Outbox::damaged() const noexcept {
    return implementation_->database->damaged();
}

std::vector<std::string> Outbox::check_tables() const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<std::string> faults;
    for (const char* check :
         {"PRAGMA quick_check(property)", "PRAGMA quick_check(streams)", "PRAGMA quick_check(chunks)",
          "PRAGMA quick_check(checkpoints)", "PRAGMA quick_check(marks)", "PRAGMA quick_check(runs)",
          "PRAGMA quick_check(receipts)", "PRAGMA quick_check(opt_outs)", "PRAGMA quick_check(run_streams)",
          "PRAGMA quick_check(run_manifests)", "PRAGMA quick_check(open_chunks)", "PRAGMA quick_check(open_rows)"}) {
        auto row = implementation_->database->query(check);
        while (row.step()) {
            if (auto line = row.text(0); line != "ok") {
                faults.push_back(std::move(line));
            }
        }
    }
    if (faults.empty()) {
        check_seals(*implementation_->database, faults);
    }
    return cleaned(std::move(faults));
}

std::string row_seal(std::initializer_list<std::string_view> values) {
    constexpr std::size_t digits = 16;
    Sha256 sha;
    for (const auto value : values) {
        sha.update(std::to_string(value.size()) + ":");
        sha.update(value);
    }
    return to_hex(sha.finish()).substr(0, digits);
}

void check_seal(Database& database, std::string_view seal, std::initializer_list<std::string_view> values,
                const std::string& what) {
    if (!seal.empty() && seal != row_seal(values)) {
        database.note_damage();
        throw Error(ErrorCode::corrupt,
                    clean_text(what) + " is not what was stored: the queue file was changed or the disk is failing");
    }
}

QueuedChunk chunk_of(const Query& row) {
    QueuedChunk chunk;
    chunk.id = row.text(0);
    chunk.stream = row.text(1);
    chunk.sequence = row.count(2);
    chunk.rows = row.count(3);
    chunk.sealed_bytes = row.count(4);
    chunk.created = from_milliseconds(row.integer(5));
    chunk.state = row.integer(6) == 0 ? ChunkState::queued : ChunkState::quarantined;
    chunk.attempts = static_cast<std::uint32_t>(row.integer(7));
    chunk.next_attempt = from_milliseconds(row.integer(8));
    chunk.last_error = row.text(9);
    chunk.queue = row.text(10);
    return chunk;
}

std::optional<QueuedChunk> Outbox::find(const std::string& chunk_id) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query(
        "SELECT id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt, last_error, queue "
        "FROM chunks WHERE id = ?1");
    row.bind(1, std::string_view(chunk_id));
    return row.step() ? std::optional(chunk_of(row)) : std::nullopt;
}

std::vector<QueuedChunk> Outbox::list(std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<QueuedChunk> chunks;
    auto row = implementation_->database->query(
        "SELECT id, stream, sequence, rows, sealed_bytes, created, state, attempts, next_attempt, last_error, queue "
        "FROM chunks ORDER BY number LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(chunk_of(row));
    }
    return chunks;
}

std::vector<RunSummary> Outbox::runs(std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<RunSummary> runs;
    auto row = implementation_->database->query(
        "SELECT id, source, state, started, ended, rows, rejected, chunks, message FROM runs ORDER BY number DESC "
        "LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        RunSummary run;
        run.id = row.text(0);
        run.source = row.text(1);
        run.state = static_cast<RunState>(row.integer(2));
        run.started = from_milliseconds(row.integer(3));
        run.ended = time_or_none(row, 4);
        run.rows = row.count(5);
        run.rejected = row.count(6);
        run.chunks = row.count(7);
        run.message = row.text(8);
        runs.push_back(std::move(run));
    }
    return runs;
}

std::vector<StoredReceipt> Outbox::receipts(std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<StoredReceipt> receipts;
    auto row = implementation_->database->query(
        "SELECT chunk_id, stream, sequence, sealed_sha256, jws, stored FROM receipts ORDER BY number DESC LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        receipts.push_back(
            {row.text(0), row.text(1), row.count(2), row.text(3), row.text(4), from_milliseconds(row.integer(5))});
    }
    return receipts;
}

std::vector<StoredHeldRows> Outbox::held_rows(std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<StoredHeldRows> held;
    auto row = implementation_->database->query(
        "SELECT number, stream, run, rows, reasons, stored FROM held_rows ORDER BY number DESC LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        held.push_back(held_rows_of(row));
    }
    return held;
}

std::optional<StoredHeldRows> Outbox::find_held_rows(std::uint64_t number) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query(
        "SELECT number, stream, run, rows, reasons, stored FROM held_rows WHERE number = ?1");
    row.bind(1, number);
    return row.step() ? std::optional(held_rows_of(row)) : std::nullopt;
}

std::string Outbox::held_rows_sealed(std::uint64_t number) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query("SELECT sealed FROM held_rows WHERE number = ?1");
    if (!row.bind(1, number).step()) {
        fail_unknown_rows(number);
    }
    return std::string(row.blob(0));
}

QueueTotals Outbox::totals() const {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    QueueTotals totals;
    totals.held_rows = static_cast<std::uint64_t>(database.integer("SELECT coalesce(sum(rows), 0) FROM held_rows"));
    {
        auto row =
            database.query("SELECT count(*), coalesce(sum(sealed_bytes), 0), min(created) FROM chunks WHERE state = 0");
        if (row.step()) {
            totals.queued_chunks = row.count(0);
            totals.queued_bytes = row.count(1);
            totals.oldest = time_or_none(row, 2);
        }
    }
    {
        auto row = database.query(
            "SELECT coalesce(sum(rows), 0), coalesce(sum(CASE WHEN run = '' THEN rows ELSE 0 END), 0), min(created) "
            "FROM open_rows JOIN open_chunks ON open_chunks.number = chunk");
        if (row.step()) {
            totals.open_rows = row.count(0);
            totals.stuck_rows = row.count(1);
            totals.open_since = time_or_none(row, 2);
        }
    }
    totals.quarantined_chunks = count(database, "SELECT count(*) FROM chunks WHERE state = 1");
    totals.delivered_chunks = count(database, "SELECT count(*) FROM receipts");
    totals.queued_runs = count(database, "SELECT count(*) FROM run_manifests WHERE state = 0");
    totals.quarantined_runs = count(database, "SELECT count(*) FROM run_manifests WHERE state = 1");
    return totals;
}

std::vector<std::string> Outbox::verify() const {
    std::vector<std::string> faults;
    std::vector<std::int64_t> numbers;
    {
        const std::lock_guard lock(implementation_->mutex);
        auto& database = *implementation_->database;
        check_structure(database, faults);
        check_seals(database, faults);
        check_run_manifests(database, faults);
        auto row = database.query("SELECT number FROM chunks ORDER BY stream, number");
        while (row.step()) {
            numbers.push_back(row.integer(0));
        }
    }
    std::map<std::string, std::pair<std::uint64_t, std::string>> chain;
    for (const auto number : numbers) {
        const std::lock_guard lock(implementation_->mutex);  // for each, so that the agent's work goes on between
        check_chunk(*implementation_->database, number, chain, faults);
    }
    return cleaned(std::move(faults));
}

}  // namespace tributary
