// What has arrived of a run, and what belongs to it.
#include <algorithm>

#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/ledger/ledger_rows.h"

namespace tributary {

namespace {

/// The row of a query that selects manifest, jws, certificate, received, receipt, site and id. A manifest that cannot
/// be read any more is left out; the signed one tells.
LedgerRun read_run(const LedgerQuery& row) {
    LedgerRun run;
    run.text = row.text(0);
    try {
        run.manifest = parse_run_manifest(run.text);
    } catch (const Error&) {
        run.manifest = {};
    }
    run.jws = row.text(1);
    run.certificate = row.text(2);
    run.received = to_time(row.integer(3));
    run.receipt = row.text(4);
    run.manifest.site = row.text(5);
    run.manifest.id = row.text(6);
    return run;
}

/// Whether the ledger's columns of a run's stream are what its manifest says. The row is that of read_progress().
bool is_as_announced(const RunManifest& manifest, const RunProgress& progress, const LedgerQuery& row) {
    const auto announced = std::find_if(manifest.streams.begin(), manifest.streams.end(), [&](const RunStream& stream) {
        return stream.stream == progress.stream && stream.queue == row.text(13);
    });
    return announced != manifest.streams.end() && announced->first == row.count(8) && announced->last == row.count(9) &&
           announced->rows == progress.all_rows && progress.began == manifest.began &&
           (row.is_null(12) || announced->last_manifest_sha256 == row.text(12));
}

/// The row of a query that selects site, run, stream, generation, began, latest, chunks, rows, first, last, all_rows,
/// the run's manifest, the digest of the chunk `last`, the queue and why it was settled.
RunProgress read_progress(const LedgerQuery& row) {
    RunProgress progress;
    progress.site = row.text(0);
    progress.run = row.text(1);
    progress.stream = row.text(2);
    progress.generation = row.is_null(3) ? 0 : row.count(3);
    progress.began = to_time(row.integer(4));
    progress.latest = to_time(row.integer(5));
    progress.chunks = row.count(6);
    progress.rows = row.count(7);
    progress.settled = row.text(14);
    if (row.is_null(9)) {
        return progress;
    }
    progress.all_chunks = row.count(9) - row.count(8) + 1;
    progress.all_rows = row.count(10);
    progress.state = RunProgress::State::different;
    try {
        const auto manifest = parse_run_manifest(row.text(11));
        progress.source = manifest.source;
        progress.ended_as = manifest.state;
        if (!is_as_announced(manifest, progress, row) || progress.chunks > progress.all_chunks) {
            return progress;
        }
    } catch (const Error&) {
        return progress;  // it is not in the ledger, or cannot be read any more
    }
    if (progress.chunks < progress.all_chunks) {
        progress.state = RunProgress::State::incomplete;
    } else if (progress.rows == progress.all_rows) {
        progress.state = RunProgress::State::whole;
    }
    return progress;
}

}  // namespace

std::string_view to_string(RunProgress::State state) noexcept {
    switch (state) {
        case RunProgress::State::open:
            return "open";
        case RunProgress::State::incomplete:
            return "incomplete";
        case RunProgress::State::whole:
            return "whole";
        case RunProgress::State::different:
            return "different";
    }
    return "";
}

void Ledger::count_for_run(const LedgerChunk& chunk) {
    database_
        ->query(
            "INSERT INTO run_streams (site, run, stream, queue, began, latest, chunks, rows) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1, ?6) ON CONFLICT (site, run, stream, queue) "
            "DO UPDATE SET latest = ?5, chunks = run_streams.chunks + 1, rows = run_streams.rows + ?6")
        .bind(1, chunk.site)
        .bind(2, chunk.run)
        .bind(3, chunk.stream)
        .bind(4, chunk.queue)
        .bind(5, to_milliseconds(chunk.received))
        .bind(6, chunk.rows)
        .run();
}

/// Counted anew, since chunks may have arrived before version 5 of the ledger.
void Ledger::expect(const LedgerRun& run, const RunStream& stream) {
    std::uint64_t chunks = 0;
    std::uint64_t rows = 0;
    {
        LedgerQuery arrived = database_->query(
            "SELECT count(*), coalesce(sum(rows), 0) FROM chunks JOIN queues USING (site, stream, generation) "
            "WHERE site = ?1 AND stream = ?2 AND queues.queue = ?3 AND sequence BETWEEN ?4 AND ?5 AND run = ?6");
        arrived.bind(1, run.manifest.site).bind(2, stream.stream).bind(3, stream.queue).bind(4, stream.first);
        if (arrived.bind(5, stream.last).bind(6, run.manifest.id).step()) {
            chunks = arrived.count(0);
            rows = arrived.count(1);
        }
    }
    database_
        ->query(
            "INSERT INTO run_streams (site, run, stream, queue, began, latest, chunks, rows, first, last, all_rows) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (site, run, stream, queue) DO UPDATE "
            "SET began = ?5, latest = ?6, chunks = ?7, rows = ?8, first = ?9, last = ?10, all_rows = ?11")
        .bind(1, run.manifest.site)
        .bind(2, run.manifest.id)
        .bind(3, stream.stream)
        .bind(4, stream.queue)
        .bind(5, to_milliseconds(run.manifest.began))
        .bind(6, to_milliseconds(run.received))
        .bind(7, chunks)
        .bind(8, rows)
        .bind(9, stream.first)
        .bind(10, stream.last)
        .bind(11, stream.rows)
        .run();
}

bool Ledger::commit(const LedgerRun& run, const std::string& certificate_pem) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    keep_certificate(run.certificate, certificate_pem);
    database_
        ->query(
            "INSERT INTO runs (site, id, manifest, jws, certificate, received, receipt) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING")
        .bind(1, run.manifest.site)
        .bind(2, run.manifest.id)
        .bind(3, run.text)
        .bind(4, run.jws)
        .bind(5, run.certificate)
        .bind(6, to_milliseconds(run.received))
        .bind(7, run.receipt)
        .run();
    if (database_->changes() != 1) {
        return false;
    }
    for (const RunStream& stream : run.manifest.streams) {
        expect(run, stream);
    }
    fault_point(FaultPoint::repository_in_run_commit);
    transaction.commit();
    return true;
}

std::optional<LedgerRun> Ledger::find_run(const std::string& site, const std::string& id) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query(
        "SELECT manifest, jws, certificate, received, receipt, site, id FROM runs WHERE site = ?1 AND id = ?2");
    row.bind(1, site).bind(2, id);
    return row.step() ? std::optional<LedgerRun>(read_run(row)) : std::nullopt;
}

// The same of all runs and of those that are not whole, which have an index of their own.
#define RUNS_SELECT                                                                                        \
    "SELECT r.site, r.run, r.stream, q.generation, r.began, r.latest, r.chunks, r.rows, r.first, r.last, " \
    "r.all_rows, m.manifest, c.manifest_sha256, r.queue, coalesce(s.reason, '') FROM run_streams r "       \
    "LEFT JOIN settlements s ON s.number = r.settled "                                                     \
    "LEFT JOIN runs m ON m.site = r.site AND m.id = r.run "                                                \
    "LEFT JOIN queues q ON q.site = r.site AND q.stream = r.stream AND q.queue = r.queue "                 \
    "LEFT JOIN chunks c ON c.site = r.site AND c.stream = r.stream AND c.generation = q.generation AND "   \
    "c.sequence = r.last "

std::vector<RunProgress> Ledger::runs(bool all, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<RunProgress> runs;
    LedgerQuery row =
        database_->query(all ? RUNS_SELECT "ORDER BY r.began DESC LIMIT ?1"
                             : RUNS_SELECT
                             "WHERE (r.last IS NULL OR r.chunks <= r.last - r.first) AND r.settled IS NULL "
                             "ORDER BY r.began DESC LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        runs.push_back(read_progress(row));
    }
    return runs;
}

std::vector<std::string> Ledger::wrong_runs() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> faults;
    const auto add = [&](const LedgerQuery& row, const std::string& what) {
        faults.push_back("site " + row.text(0) + ", stream " + row.text(2) + ", run " + row.text(1) + ": " + what);
    };
    LedgerQuery row = database_->query(RUNS_SELECT "WHERE r.last IS NOT NULL");
    while (row.step()) {
        if (read_progress(row).state == RunProgress::State::different) {
            add(row, "its chunks are not those of the run manifest");
        }
    }
    LedgerQuery counted = database_->query(
        "SELECT r.site, r.run, r.stream FROM run_streams r WHERE r.last IS NOT NULL AND (r.chunks, r.rows) <> "
        "(SELECT count(*), coalesce(sum(c.rows), 0) FROM chunks c JOIN queues q USING (site, stream, generation) WHERE "
        "c.site = r.site AND c.stream = r.stream AND q.queue = r.queue AND c.sequence BETWEEN r.first AND r.last AND "
        "c.run = r.run)");
    while (counted.step()) {
        add(counted, "the ledger counts other chunks or rows than there are");
    }
    return faults;
}

void Ledger::for_each_run(const std::function<void(const LedgerRun&)>& visit) {
    constexpr std::uint64_t piece = 256;
    std::int64_t last = 0;
    for (bool more = true; more;) {
        std::vector<LedgerRun> runs;
        {
            const std::lock_guard lock(mutex_);
            LedgerQuery row = database_->query(
                "SELECT manifest, jws, certificate, received, receipt, site, id, number FROM runs WHERE number > ?1 "
                "ORDER BY number LIMIT ?2");
            row.bind(1, last).bind(2, piece);
            while (row.step()) {
                runs.push_back(read_run(row));
                last = row.integer(7);
            }
        }
        for (const LedgerRun& run : runs) {
            visit(run);
        }
        more = runs.size() == piece;
    }
}

}  // namespace tributary
