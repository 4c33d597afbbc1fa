#include <algorithm>

#include "agent/keys/digest.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

std::string seal_of(const std::string& run, const RunStream& stream) {
    return row_seal({run, stream.stream, stream.queue, std::to_string(stream.first), std::to_string(stream.last),
                     std::to_string(stream.rows), stream.last_manifest_sha256});
}

/// The row of a query that selects stream, queue, first, last, rows, last_manifest_sha256 and seal.
RunStream stream_of(Database& database, const std::string& run, const Query& row) {
    RunStream stream{row.text(0), row.text(1), row.count(2), row.count(3), row.count(4), row.text(5)};
    check_seal(database, row.text(6),
               {run, stream.stream, stream.queue, row.text(2), row.text(3), row.text(4), stream.last_manifest_sha256},
               "what run " + run + " has brought of stream " + stream.stream);
    return stream;
}

std::vector<RunStream> streams_of(Database& database, const std::string& run) {
    std::vector<RunStream> streams;
    auto row = database.query(
        "SELECT stream, queue, first, last, rows, last_manifest_sha256, seal FROM run_streams WHERE run = ?1 "
        "ORDER BY stream, queue");
    row.bind(1, std::string_view(run));
    while (row.step()) {
        streams.push_back(stream_of(database, run, row));
    }
    return streams;
}

/// For the repository, what a run that has ended was; nothing for one that has brought no chunk.
void queue_run_manifest(Database& database, const std::string& site, const std::string& id) {
    RunManifest run;
    run.id = id;
    run.site = site;
    run.streams = streams_of(database, id);
    if (run.streams.empty()) {
        return;
    }
    {
        auto row = database.query("SELECT source, state, started, ended, rejected FROM runs WHERE id = ?1");
        if (!row.bind(1, std::string_view(id)).step()) {
            throw Error(ErrorCode::internal, "there is no run " + id);
        }
        run.source = row.text(0);
        run.state = static_cast<RunState>(row.integer(1));
        run.began = from_milliseconds(row.integer(2));
        run.ended = from_milliseconds(row.integer(3));
        run.rejected = row.count(4);
    }
    const auto text = run_manifest_text(run);
    const auto digest = to_hex(sha256(text));
    database
        .query(
            "INSERT INTO run_manifests (run, source, manifest, manifest_sha256, created) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, std::string_view(id))
        .bind(2, std::string_view(run.source))
        .bind(3, std::string_view(text))
        .bind(4, std::string_view(digest))
        .bind(5, to_milliseconds(run.ended))
        .run();
    database.query("DELETE FROM run_streams WHERE run = ?1").bind(1, std::string_view(id)).run();
}

/// Its open chunks too. Nothing if there is no such run under way.
std::optional<QueuedChunks> close_run(Database& database, OpenChunks& open_chunks, const std::string& site,
                                      const std::string& run, RunState state, std::string_view message,
                                      std::int64_t now) {
    const auto queued = open_chunks.close_run(run, now);
    database.query("UPDATE runs SET state = ?2, ended = ?3, message = ?4 WHERE id = ?1 AND state = 0")
        .bind(1, std::string_view(run))
        .bind(2, static_cast<std::int64_t>(state))
        .bind(3, now)
        .bind(4, message)
        .run();
    if (database.changes() != 1) {
        return std::nullopt;
    }
    queue_run_manifest(database, site, run);
    return queued;
}

/// Closes the runs that the query selects, which were begun and never ended.
void interrupt(Database& database, OpenChunks& open_chunks, const std::string& site, Query& running, std::int64_t now) {
    std::vector<std::string> runs;
    while (running.step()) {
        runs.push_back(running.text(0));
    }
    for (const auto& run : runs) {
        close_run(database, open_chunks, site, run, RunState::interrupted, "the agent stopped before the run ended",
                  now);
    }
}

void insert_run(Database& database, const std::string& id, const std::string& source, std::int64_t now) {
    database.query("INSERT INTO runs (id, source, state, started) VALUES (?1, ?2, 0, ?3)")
        .bind(1, std::string_view(id))
        .bind(2, std::string_view(source))
        .bind(3, now)
        .run();
}

/// Rows that could not be sealed when their run ended, in a run of their own if they can be now.
void recover_open_chunks(Database& database, OpenChunks& open_chunks, const std::string& site, std::int64_t now) {
    for (const auto& source : open_chunks.sources_to_recover()) {
        const auto run = random_hex(16);
        insert_run(database, run, source, now);
        if (open_chunks.recover(source, run, now).chunks == 0) {
            database.query("DELETE FROM runs WHERE id = ?1").bind(1, std::string_view(run)).run();
            continue;
        }
        close_run(database, open_chunks, site, run, RunState::complete,
                  "rows of an earlier run, which could not be sealed when it ended", now);
    }
}

QueuedRun queued_run_of(const Query& row) {
    QueuedRun run;
    run.id = row.text(0);
    run.source = row.text(1);
    run.created = from_milliseconds(row.integer(2));
    run.state = row.integer(3) == 0 ? ChunkState::queued : ChunkState::quarantined;
    run.attempts = static_cast<std::uint32_t>(row.integer(4));
    run.next_attempt = from_milliseconds(row.integer(5));
    run.last_error = row.text(6);
    return run;
}

[[noreturn]] void fail_unknown_run(const std::string& run) {
    throw Error(ErrorCode::not_found, "there is no run manifest " + clean_text(run) + " in the queue");
}

}  // namespace

void add_to_run(Database& database, const std::string& run, const Manifest& chunk, std::string_view manifest_sha256) {
    RunStream stream{chunk.stream,   chunk.queue, chunk.sequence,
                     chunk.sequence, chunk.rows,  std::string(manifest_sha256)};
    {
        auto row = database.query(
            "SELECT stream, queue, first, last, rows, last_manifest_sha256, seal FROM run_streams "
            "WHERE run = ?1 AND stream = ?2 AND queue = ?3");
        row.bind(1, std::string_view(run)).bind(2, std::string_view(chunk.stream));
        if (row.bind(3, std::string_view(chunk.queue)).step()) {
            const auto before = stream_of(database, run, row);
            if (before.last + 1 != chunk.sequence) {
                throw Error(ErrorCode::internal, "stream " + chunk.stream + " is fed by two runs at once");
            }
            stream.first = before.first;
            stream.rows += before.rows;
        }
    }
    const auto seal = seal_of(run, stream);
    database
        .query(
            "INSERT INTO run_streams (run, stream, queue, first, last, rows, last_manifest_sha256, seal) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (run, stream, queue) DO UPDATE SET last = ?5, "
            "rows = ?6, last_manifest_sha256 = ?7, seal = ?8")
        .bind(1, std::string_view(run))
        .bind(2, std::string_view(stream.stream))
        .bind(3, std::string_view(stream.queue))
        .bind(4, stream.first)
        .bind(5, stream.last)
        .bind(6, stream.rows)
        .bind(7, manifest_sha256)
        .bind(8, std::string_view(seal))
        .run();
}

void check_run_streams(Database& database) {
    auto row =
        database.query("SELECT stream, queue, first, last, rows, last_manifest_sha256, seal, run FROM run_streams");
    while (row.step()) {
        stream_of(database, row.text(7), row);
    }
}

void check_run_manifests(Database& database, std::vector<std::string>& faults) {
    auto row = database.query("SELECT run, manifest, manifest_sha256 FROM run_manifests");
    while (row.step()) {
        const auto place = "the manifest of run " + row.text(0);
        try {
            if (to_hex(sha256(row.text(1))) != row.text(2)) {
                faults.push_back(place + " does not match its digest");
            } else if (parse_run_manifest(row.text(1)).id != row.text(0)) {
                faults.push_back(place + " is that of another run");
            }
        } catch (const Error& error) {
            faults.push_back(place + ": " + error.what());
        }
    }
}

std::optional<TimePoint> next_due_run(Database& database, TimePoint now) {
    std::optional<TimePoint> earliest;
    auto row = database.query("SELECT next_attempt FROM run_manifests WHERE state = 0");
    while (row.step()) {
        const auto stored = from_milliseconds(row.integer(0));
        const auto time = stored > now && !has_to_wait(stored, now) ? now : stored;
        earliest = earliest ? std::min(*earliest, time) : time;
    }
    return earliest;
}

void Outbox::end_interrupted_runs() {
    const std::lock_guard lock(implementation_->mutex);
    auto& self = *implementation_;
    self.write_at_any_rate([&] {
        self.in_transaction([&](Database& database) {
            auto running = database.query("SELECT id FROM runs WHERE state = 0 ORDER BY number");
            interrupt(database, self.open_chunks, self.site, running, self.now());
            recover_open_chunks(database, self.open_chunks, self.site, self.now());
            return true;
        });
    });
}

std::string Outbox::begin_run(const std::string& source) {
    const std::lock_guard lock(implementation_->mutex);
    auto& self = *implementation_;
    return self.in_transaction([&](Database& database) {
        auto id = random_hex(16);
        auto running = database.query("SELECT id FROM runs WHERE source = ?1 AND state = 0 ORDER BY number");
        running.bind(1, std::string_view(source));
        interrupt(database, self.open_chunks, self.site, running, self.now());
        insert_run(database, id, source, self.now());
        return id;
    });
}

QueuedChunks Outbox::end_run(const std::string& run, RunState state, const std::string& message) {
    if (state == RunState::running) {
        throw Error(ErrorCode::internal, "a run cannot end as running");
    }
    const std::lock_guard lock(implementation_->mutex);
    auto& self = *implementation_;
    QueuedChunks queued;
    self.write_at_any_rate([&] {
        queued = self.in_transaction([&](Database& database) {
            const auto closed = close_run(database, self.open_chunks, self.site, run, state, message, self.now());
            if (!closed) {
                throw Error(ErrorCode::not_found, "there is no run " + run + " under way");
            }
            fault_point(FaultPoint::outbox_in_run_end);
            return *closed;
        });
    });
    self.measure();
    fault_point(FaultPoint::outbox_after_run_end);
    return queued;
}

std::vector<QueuedRun> Outbox::due_runs(TimePoint now, std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<QueuedRun> runs;
    auto row = implementation_->database->query(
        "SELECT run, source, created, state, attempts, next_attempt, last_error FROM run_manifests WHERE state = 0 "
        "ORDER BY number");
    while (runs.size() < limit && row.step()) {
        if (!has_to_wait(from_milliseconds(row.integer(5)), now)) {
            runs.push_back(queued_run_of(row));
        }
    }
    return runs;
}

std::string Outbox::run_manifest(const std::string& run) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query("SELECT manifest, manifest_sha256 FROM run_manifests WHERE run = ?1");
    if (!row.bind(1, std::string_view(run)).step()) {
        fail_unknown_run(run);
    }
    auto text = row.text(0);
    if (to_hex(sha256(text)) != row.text(1)) {
        throw Error(ErrorCode::corrupt, "the manifest of run " + clean_text(run) +
                                            " does not match its digest any more: the queue file was changed or the "
                                            "disk is failing");
    }
    return text;
}

void Outbox::store_run_receipt(const std::string& run, const std::string& receipt_jws) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    implementation_->write_at_any_rate([&] {
        database.query("UPDATE run_manifests SET state = 2, receipt = ?2, last_error = '' WHERE run = ?1")
            .bind(1, std::string_view(run))
            .bind(2, std::string_view(receipt_jws))
            .run();
    });
    if (database.changes() != 1) {
        fail_unknown_run(run);
    }
}

void Outbox::record_run_attempt(const std::string& run, const std::string& error, TimePoint next_attempt) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    implementation_->write_at_any_rate([&] {
        database
            .query(
                "UPDATE run_manifests SET attempts = attempts + 1, last_error = ?2, next_attempt = ?3 "
                "WHERE run = ?1 AND state = 0")
            .bind(1, std::string_view(run))
            .bind(2, short_error(error))
            .bind(3, to_milliseconds(next_attempt))
            .run();
    });
    if (database.changes() != 1) {
        fail_unknown_run(run);
    }
}

void Outbox::quarantine_run(const std::string& run, const std::string& reason) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    implementation_->write_at_any_rate([&] {
        database
            .query(
                "UPDATE run_manifests SET state = 1, attempts = attempts + 1, last_error = ?2 "
                "WHERE run = ?1 AND state = 0")
            .bind(1, std::string_view(run))
            .bind(2, short_error(reason))
            .run();
    });
    if (database.changes() != 1) {
        fail_unknown_run(run);
    }
}

std::vector<QueuedRun> Outbox::queued_runs(std::size_t limit) const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<QueuedRun> runs;
    auto row = implementation_->database->query(
        "SELECT run, source, created, state, attempts, next_attempt, last_error FROM run_manifests WHERE state < 2 "
        "ORDER BY number LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        runs.push_back(queued_run_of(row));
    }
    return runs;
}

std::vector<StoredRunReceipt> Outbox::run_receipts() const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<StoredRunReceipt> receipts;
    auto row = implementation_->database->query(
        "SELECT run, manifest_sha256, receipt FROM run_manifests WHERE state = 2 ORDER BY number");
    while (row.step()) {
        receipts.push_back({row.text(0), row.text(1), row.text(2)});
    }
    return receipts;
}

}  // namespace tributary
