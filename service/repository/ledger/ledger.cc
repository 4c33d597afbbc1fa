#include "service/repository/ledger/ledger.h"

#include <algorithm>

#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "service/repository/ledger/ledger_rows.h"

namespace tributary {

std::string_view to_string(StoredState state) noexcept {
    switch (state) {
        case StoredState::stored:
            return "stored";
        case StoredState::landed:
            return "landed";
        case StoredState::unopenable:
            return "unopenable";
    }
    return "";
}

Ledger::Ledger(const LedgerLocation& location, LedgerAccess access)
    : shared_(location.is_shared()), database_(open_ledger_database(location, access)) {}

std::string Ledger::store_id(const std::function<std::string()>& make) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    {
        LedgerQuery row = database_->query("SELECT store FROM ledger");
        if (row.step() && !row.text(0).empty()) {
            return row.text(0);
        }
    }
    std::string id = make();
    database_->query("UPDATE ledger SET store = ?1").bind(1, id).run();
    transaction.commit();
    return id;
}

std::optional<LedgerChunk> Ledger::find(const std::string& site, const std::string& id) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query(LEDGER_SELECT " WHERE site = ?1 AND id = ?2");
    row.bind(1, site).bind(2, id);
    return row.step() ? std::optional<LedgerChunk>(read_chunk(row)) : std::nullopt;
}

std::optional<std::string> Ledger::holder(const Manifest& manifest) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query(
        "SELECT id FROM chunks JOIN queues USING (site, stream, generation) "
        "WHERE site = ?1 AND stream = ?2 AND queues.queue = ?3 AND sequence = ?4");
    row.bind(1, manifest.site).bind(2, manifest.stream).bind(3, manifest.queue).bind(4, manifest.sequence);
    return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

/// Of the chunk's queue; the next one if it sends something of this stream for the first time.
std::uint64_t Ledger::generation_of(const LedgerChunk& chunk) {
    {
        LedgerQuery known =
            database_->query("SELECT generation FROM queues WHERE site = ?1 AND stream = ?2 AND queue = ?3");
        if (known.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.queue).step()) {
            return known.count(0);
        }
    }
    std::uint64_t generation = 1;
    {
        LedgerQuery last =
            database_->query("SELECT coalesce(max(generation), 0) FROM queues WHERE site = ?1 AND stream = ?2");
        if (last.bind(1, chunk.site).bind(2, chunk.stream).step()) {
            generation = last.count(0) + 1;
        }
    }
    database_->query("INSERT INTO queues (site, stream, queue, generation) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, chunk.site)
        .bind(2, chunk.stream)
        .bind(3, chunk.queue)
        .bind(4, generation)
        .run();
    return generation;
}

bool Ledger::insert(const LedgerChunk& chunk) {
    LedgerQuery row = database_->query(
        "INSERT INTO chunks (site, id, stream, sequence, previous, manifest, manifest_sha256, rows, "
        "sealed_bytes, sealed_sha256, certificate, received, receipt, kind, queue, generation, run) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING");
    row.bind(1, chunk.site).bind(2, chunk.id).bind(3, chunk.stream).bind(4, chunk.sequence).bind(5, chunk.previous);
    row.bind(6, chunk.manifest).bind(7, chunk.manifest_sha256).bind(8, chunk.rows).bind(9, chunk.sealed_bytes);
    row.bind(10, chunk.sealed_sha256).bind(11, chunk.certificate).bind(12, to_milliseconds(chunk.received));
    row.bind(13, chunk.receipt).bind(15, chunk.queue).bind(16, chunk.generation).bind(17, chunk.run);
    row.bind(14, std::string_view(chunk.kind == ChunkKind::retraction ? "retraction" : "records")).run();
    return database_->changes() == 1;
}

void Ledger::keep_certificate(const std::string& fingerprint, const std::string& pem) {
    database_->query("INSERT INTO certificates (fingerprint, pem) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(1, fingerprint)
        .bind(2, pem)
        .run();
}

std::optional<std::vector<Gap>> Ledger::commit(LedgerChunk chunk, const std::string& certificate_pem) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    keep_certificate(chunk.certificate, certificate_pem);
    chunk.generation = generation_of(chunk);
    if (!insert(chunk)) {
        return std::nullopt;
    }
    count_for_run(chunk);
    std::vector<Gap> opened = update_gaps(chunk);
    fault_point(FaultPoint::repository_in_ledger_commit);
    transaction.commit();
    return opened;
}

std::vector<LedgerChunk> Ledger::to_land(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    LedgerQuery row = database_->query(LEDGER_SELECT " WHERE state = 'stored' ORDER BY number LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

void Ledger::landed(const LedgerChunk& chunk, const LandedFile& file) {
    const std::lock_guard lock(mutex_);
    database_
        ->query(
            "UPDATE chunks SET state = 'landed', landed_file = ?1, reason = '', removed_rows = ?4, landed_sha256 = ?5 "
            "WHERE site = ?2 AND id = ?3")
        .bind(1, file.file)
        .bind(2, chunk.site)
        .bind(3, chunk.id)
        .bind(4, file.removed_rows)
        .bind(5, file.sha256)
        .run();
}

std::vector<LedgerChunk> Ledger::landed_records(const LedgerChunk& stream, const Place& after, const Place& before,
                                                std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    LedgerQuery row = database_->query(LEDGER_SELECT
                                       " WHERE site = ?1 AND stream = ?2 AND (generation, sequence) > (?3, ?4) AND "
                                       "(generation, sequence) < (?5, ?6) AND state = 'landed' AND kind = 'records' "
                                       "ORDER BY generation, sequence LIMIT ?7");
    row.bind(1, stream.site).bind(2, stream.stream).bind(3, after.generation).bind(4, after.sequence);
    row.bind(5, before.generation).bind(6, before.sequence).bind(7, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

std::vector<LedgerChunk> Ledger::landed_retractions(const LedgerChunk& chunk) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    LedgerQuery row = database_->query(LEDGER_SELECT
                                       " WHERE site = ?1 AND stream = ?2 AND (generation, sequence) > (?3, ?4) AND "
                                       "kind = 'retraction' AND state = 'landed' ORDER BY generation, sequence");
    row.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.generation).bind(4, chunk.sequence);
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

void Ledger::retract_rows(const std::string& site, const std::string& stream, const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    for (const std::string& key : keys) {
        database_
            ->query("INSERT INTO retracted_rows (site, stream, row_key) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(1, site)
            .bind(2, stream)
            .bind(3, key)
            .run();
    }
    transaction.commit();
}

std::unordered_set<std::string> Ledger::retracted_rows(const std::string& site, const std::string& stream) {
    const std::lock_guard lock(mutex_);
    std::unordered_set<std::string> keys;
    LedgerQuery row = database_->query("SELECT row_key FROM retracted_rows WHERE site = ?1 AND stream = ?2");
    row.bind(1, site).bind(2, stream);
    while (row.step()) {
        keys.insert(row.text(0));
    }
    return keys;
}

void Ledger::unopenable(const LedgerChunk& chunk, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    database_
        ->query("UPDATE chunks SET state = 'unopenable', reason = ?1 WHERE site = ?2 AND id = ?3 AND state <> 'landed'")
        .bind(1, reason)
        .bind(2, chunk.site)
        .bind(3, chunk.id)
        .run();
}

std::uint64_t Ledger::retry_unopenable() {
    const std::lock_guard lock(mutex_);
    database_->query("UPDATE chunks SET state = 'stored' WHERE state = 'unopenable'").run();
    return database_->changes();
}

std::vector<LedgerChunk> Ledger::after(const LedgerChunk& last, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    LedgerQuery row = database_->query(LEDGER_SELECT
                                       " WHERE (site, stream, generation, sequence) > (?1, ?2, ?3, ?4) "
                                       "ORDER BY site, stream, generation, sequence LIMIT ?5");
    row.bind(1, last.site).bind(2, last.stream).bind(3, last.generation).bind(4, last.sequence);
    row.bind(5, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

void Ledger::for_each(const std::function<void(const LedgerChunk&)>& visit) {
    constexpr std::size_t piece = 256;
    LedgerChunk last;
    for (;;) {
        const std::vector<LedgerChunk> chunks = after(last, piece);
        for (const LedgerChunk& chunk : chunks) {
            visit(chunk);
        }
        if (chunks.size() < piece) {
            return;
        }
        last = chunks.back();
    }
}

std::string Ledger::certificate(const std::string& fingerprint) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query("SELECT pem FROM certificates WHERE fingerprint = ?1");
    row.bind(1, fingerprint);
    return row.step() ? row.text(0) : std::string();
}

std::vector<StreamTotals> Ledger::totals() {
    const std::lock_guard lock(mutex_);
    std::vector<StreamTotals> totals;
    LedgerQuery row = database_->query(
        "SELECT site, stream, count(*), sum(CASE kind WHEN 'records' THEN rows - removed_rows ELSE 0 END), "
        "sum(sealed_bytes), count(*) FILTER (WHERE state = 'landed'), count(*) FILTER (WHERE state = 'unopenable'), "
        "max(sequence), max(received) "
        "FROM chunks GROUP BY site, stream, generation ORDER BY site, stream, generation");
    while (row.step()) {
        if (totals.empty() || totals.back().site != row.text(0) || totals.back().stream != row.text(1)) {
            StreamTotals next;
            next.site = row.text(0);
            next.stream = row.text(1);
            totals.push_back(std::move(next));
        }
        StreamTotals& sum = totals.back();
        sum.chunks += row.count(2);
        sum.rows += row.count(3);
        sum.sealed_bytes += row.count(4);
        sum.landed += row.count(5);
        sum.unopenable += row.count(6);
        sum.last_sequence = row.count(7);
        sum.last_received = std::max(sum.last_received, to_time(row.integer(8)));
    }
    return totals;
}

std::map<StoredState, std::uint64_t> Ledger::not_landed() {
    const std::lock_guard lock(mutex_);
    std::map<StoredState, std::uint64_t> states{{StoredState::stored, 0}, {StoredState::unopenable, 0}};
    LedgerQuery row = database_->query("SELECT state, count(*) FROM chunks WHERE state <> 'landed' GROUP BY state");
    while (row.step()) {
        states[read_state(row.text(0))] = row.count(1);
    }
    return states;
}

std::map<std::int64_t, std::uint64_t> Ledger::sealed_bytes_by_hour(const std::string& site, std::int64_t first_hour) {
    constexpr std::int64_t milliseconds_an_hour = 3'600'000;
    const std::lock_guard lock(mutex_);
    std::map<std::int64_t, std::uint64_t> hours;
    LedgerQuery row = database_->query(
        "SELECT received / 3600000, sum(sealed_bytes) FROM chunks WHERE site = ?1 AND received >= ?2 GROUP BY 1");
    row.bind(1, site).bind(2, first_hour * milliseconds_an_hour);
    while (row.step()) {
        hours[row.integer(0)] = row.count(1);
    }
    return hours;
}

}  // namespace tributary
