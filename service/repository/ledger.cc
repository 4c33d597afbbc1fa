#include "service/repository/ledger.h"

#include <algorithm>

#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "agent/platform/file.h"
#include "service/repository/ledger_rows.h"

namespace tributary {
namespace {

// Times are milliseconds since 1970-01-01T00:00Z. "TriR" says whose file this is.
constexpr std::int64_t application_id = 0x54726952;
constexpr std::int64_t schema_version = 4;

constexpr const char* schema = R"sql(
CREATE TABLE certificates (
  fingerprint TEXT PRIMARY KEY,
  pem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE chunks (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  stream TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  previous TEXT NOT NULL,
  manifest TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL,
  sealed_bytes INTEGER NOT NULL,
  sealed_sha256 TEXT NOT NULL,
  certificate TEXT NOT NULL REFERENCES certificates (fingerprint),
  received INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'landed', 'unopenable')),
  landed_file TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (site, id),
  UNIQUE (site, stream, sequence)
) STRICT;
CREATE INDEX chunks_not_landed ON chunks (state) WHERE state <> 'landed';
CREATE TABLE gaps (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('missing', 'chain')),
  site TEXT NOT NULL,
  stream TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  noticed INTEGER NOT NULL,
  closed INTEGER
) STRICT;
CREATE INDEX gaps_open ON gaps (site, stream, first) WHERE closed IS NULL;
PRAGMA application_id = 1416784210;
PRAGMA user_version = 1;
)sql";

// What retractions need; of version 2.
constexpr const char* retractions = R"sql(
ALTER TABLE chunks ADD COLUMN kind TEXT NOT NULL DEFAULT 'records' CHECK (kind IN ('records', 'retraction'));
ALTER TABLE chunks ADD COLUMN removed_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN landed_sha256 TEXT NOT NULL DEFAULT '';
CREATE INDEX chunks_retractions ON chunks (site, stream, sequence) WHERE kind = 'retraction';
PRAGMA user_version = 2;
)sql";

// Row keys of removed rows, whose rows in the linked stream are to be removed, whenever they land; of version 3.
constexpr const char* row_removals = R"sql(
CREATE TABLE retracted_rows (
  site TEXT NOT NULL,
  stream TEXT NOT NULL,
  row_key TEXT NOT NULL,
  PRIMARY KEY (site, stream, row_key)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
)sql";

// Queues of a site, in the order in which they first sent something of a stream; places and gaps are of one; of version
// 4. What was there before came from the queue without an id.
constexpr const char* generations = R"sql(
CREATE TABLE queues (
  site TEXT NOT NULL,
  stream TEXT NOT NULL,
  queue TEXT NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (site, stream, queue),
  UNIQUE (site, stream, generation)
) STRICT, WITHOUT ROWID;
INSERT INTO queues SELECT DISTINCT site, stream, '', 1 FROM chunks;
CREATE TABLE chunks_now (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  stream TEXT NOT NULL,
  queue TEXT NOT NULL DEFAULT '',
  generation INTEGER NOT NULL DEFAULT 1,
  sequence INTEGER NOT NULL,
  previous TEXT NOT NULL,
  manifest TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL,
  sealed_bytes INTEGER NOT NULL,
  sealed_sha256 TEXT NOT NULL,
  certificate TEXT NOT NULL REFERENCES certificates (fingerprint),
  received INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'landed', 'unopenable')),
  landed_file TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT 'records' CHECK (kind IN ('records', 'retraction')),
  removed_rows INTEGER NOT NULL DEFAULT 0,
  landed_sha256 TEXT NOT NULL DEFAULT '',
  UNIQUE (site, id),
  UNIQUE (site, stream, generation, sequence)
) STRICT;
INSERT INTO chunks_now (number, site, id, stream, sequence, previous, manifest, manifest_sha256, rows, sealed_bytes,
  sealed_sha256, certificate, received, receipt, state, landed_file, reason, kind, removed_rows, landed_sha256)
  SELECT number, site, id, stream, sequence, previous, manifest, manifest_sha256, rows, sealed_bytes, sealed_sha256,
  certificate, received, receipt, state, landed_file, reason, kind, removed_rows, landed_sha256 FROM chunks;
DROP TABLE chunks;
ALTER TABLE chunks_now RENAME TO chunks;
CREATE INDEX chunks_not_landed ON chunks (state) WHERE state <> 'landed';
CREATE INDEX chunks_retractions ON chunks (site, stream, generation, sequence) WHERE kind = 'retraction';
CREATE TABLE gaps_now (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('missing', 'chain', 'restart')),
  site TEXT NOT NULL,
  stream TEXT NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  noticed INTEGER NOT NULL,
  closed INTEGER
) STRICT;
INSERT INTO gaps_now (number, kind, site, stream, first, last, noticed, closed)
  SELECT number, kind, site, stream, first, last, noticed, closed FROM gaps;
DROP TABLE gaps;
ALTER TABLE gaps_now RENAME TO gaps;
CREATE INDEX gaps_open ON gaps (site, stream, generation, first) WHERE closed IS NULL;
PRAGMA user_version = 4;
)sql";
static_assert(application_id == 1416784210 && schema_version == 4, "the pragmas above take literals only");

/// The file itself; SQLite gives its -wal and -shm files the rights of this one.
const std::filesystem::path& make_file(const std::filesystem::path& file, Database::Access access) {
    FileSystem& files = system_files();
    if (files.exists(file)) {
        return file;
    }
    if (access == Database::Access::read) {
        throw Error(ErrorCode::not_found,
                    "there is no ledger at " + file.string() + "; has 'tributary-repository serve' run yet?");
    }
    const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
    files.create_folders(folder);
    files.create(file, Privacy::owner_only)->close();
    files.sync_folder(folder);
    return file;
}

}  // namespace

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

Ledger::Ledger(const std::filesystem::path& file, Database::Access access)
    : database_(make_file(file, access), access) {
    if (access == Database::Access::write) {
        database_.execute("PRAGMA journal_mode = WAL");
        database_.execute("PRAGMA synchronous = FULL");
        database_.execute("PRAGMA foreign_keys = ON");
        Transaction transaction(database_);
        if (database_.integer("SELECT count(*) FROM sqlite_master") == 0) {
            database_.execute(schema);
        }
        if (database_.integer("PRAGMA application_id") == application_id) {
            if (database_.integer("PRAGMA user_version") == 1) {
                database_.execute(retractions);
            }
            if (database_.integer("PRAGMA user_version") == 2) {
                database_.execute(row_removals);
            }
            if (database_.integer("PRAGMA user_version") == 3) {
                database_.execute(generations);
            }
        }
        transaction.commit();
    }
    if (database_.integer("PRAGMA application_id") != application_id) {
        throw Error(ErrorCode::configuration, file.string() + " is not a repository's ledger; name another file");
    }
    if (database_.integer("PRAGMA user_version") != schema_version) {
        throw Error(ErrorCode::configuration,
                    file.string() + " was written by another version of tributary-repository");
    }
}

std::optional<LedgerChunk> Ledger::find(const std::string& site, const std::string& id) {
    const std::lock_guard lock(mutex_);
    Query row = database_.query(LEDGER_SELECT " WHERE site = ?1 AND id = ?2");
    row.bind(1, site).bind(2, id);
    return row.step() ? std::optional<LedgerChunk>(read_chunk(row)) : std::nullopt;
}

std::optional<std::string> Ledger::holder(const Manifest& manifest) {
    const std::lock_guard lock(mutex_);
    Query row = database_.query(
        "SELECT id FROM chunks JOIN queues USING (site, stream, generation) "
        "WHERE site = ?1 AND stream = ?2 AND queues.queue = ?3 AND sequence = ?4");
    row.bind(1, manifest.site).bind(2, manifest.stream).bind(3, manifest.queue).bind(4, manifest.sequence);
    return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

/// Of the chunk's queue; the next one if it sends something of this stream for the first time.
std::uint64_t Ledger::generation_of(const LedgerChunk& chunk) {
    {
        Query known = database_.query("SELECT generation FROM queues WHERE site = ?1 AND stream = ?2 AND queue = ?3");
        if (known.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.queue).step()) {
            return known.count(0);
        }
    }
    std::uint64_t generation = 1;
    {
        Query last = database_.query("SELECT coalesce(max(generation), 0) FROM queues WHERE site = ?1 AND stream = ?2");
        if (last.bind(1, chunk.site).bind(2, chunk.stream).step()) {
            generation = last.count(0) + 1;
        }
    }
    database_.query("INSERT INTO queues (site, stream, queue, generation) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, chunk.site)
        .bind(2, chunk.stream)
        .bind(3, chunk.queue)
        .bind(4, generation)
        .run();
    return generation;
}

bool Ledger::insert(const LedgerChunk& chunk) {
    Query row = database_.query(
        "INSERT OR IGNORE INTO chunks (site, id, stream, sequence, previous, manifest, manifest_sha256, rows, "
        "sealed_bytes, sealed_sha256, certificate, received, receipt, kind, queue, generation) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    row.bind(1, chunk.site).bind(2, chunk.id).bind(3, chunk.stream).bind(4, chunk.sequence).bind(5, chunk.previous);
    row.bind(6, chunk.manifest).bind(7, chunk.manifest_sha256).bind(8, chunk.rows).bind(9, chunk.sealed_bytes);
    row.bind(10, chunk.sealed_sha256).bind(11, chunk.certificate).bind(12, to_milliseconds(chunk.received));
    row.bind(13, chunk.receipt).bind(15, chunk.queue).bind(16, chunk.generation);
    row.bind(14, std::string_view(chunk.kind == ChunkKind::retraction ? "retraction" : "records")).run();
    return database_.changes() == 1;
}

std::optional<std::vector<Gap>> Ledger::commit(LedgerChunk chunk, const std::string& certificate_pem) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(database_);
    database_.query("INSERT OR IGNORE INTO certificates (fingerprint, pem) VALUES (?1, ?2)")
        .bind(1, chunk.certificate)
        .bind(2, certificate_pem)
        .run();
    chunk.generation = generation_of(chunk);
    if (!insert(chunk)) {
        return std::nullopt;
    }
    std::vector<Gap> opened = update_gaps(chunk);
    fault_point(FaultPoint::repository_in_ledger_commit);
    transaction.commit();
    return opened;
}

std::vector<LedgerChunk> Ledger::to_land(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    Query row = database_.query(LEDGER_SELECT " WHERE state = 'stored' ORDER BY number LIMIT ?1");
    row.bind(1, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

void Ledger::landed(const LedgerChunk& chunk, const LandedFile& file) {
    const std::lock_guard lock(mutex_);
    database_
        .query(
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
    Query row = database_.query(LEDGER_SELECT
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
    Query row = database_.query(LEDGER_SELECT
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
    Transaction transaction(database_);
    for (const std::string& key : keys) {
        database_.query("INSERT OR IGNORE INTO retracted_rows (site, stream, row_key) VALUES (?1, ?2, ?3)")
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
    Query row = database_.query("SELECT row_key FROM retracted_rows WHERE site = ?1 AND stream = ?2");
    row.bind(1, site).bind(2, stream);
    while (row.step()) {
        keys.insert(row.text(0));
    }
    return keys;
}

void Ledger::unopenable(const LedgerChunk& chunk, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    database_.query("UPDATE chunks SET state = 'unopenable', reason = ?1 WHERE site = ?2 AND id = ?3")
        .bind(1, reason)
        .bind(2, chunk.site)
        .bind(3, chunk.id)
        .run();
}

std::uint64_t Ledger::retry_unopenable() {
    const std::lock_guard lock(mutex_);
    database_.query("UPDATE chunks SET state = 'stored' WHERE state = 'unopenable'").run();
    return database_.changes();
}

std::vector<LedgerChunk> Ledger::after(const LedgerChunk& last, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    Query row = database_.query(LEDGER_SELECT
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
    Query row = database_.query("SELECT pem FROM certificates WHERE fingerprint = ?1");
    row.bind(1, fingerprint);
    return row.step() ? row.text(0) : std::string();
}

std::vector<StreamTotals> Ledger::totals() {
    const std::lock_guard lock(mutex_);
    std::vector<StreamTotals> totals;
    Query row = database_.query(
        "SELECT site, stream, count(*), sum(CASE kind WHEN 'records' THEN rows - removed_rows ELSE 0 END), "
        "sum(sealed_bytes), sum(state = 'landed'), sum(state = 'unopenable'), max(sequence), max(received) "
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

}  // namespace tributary
