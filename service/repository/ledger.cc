#include "service/repository/ledger.h"

#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "service/repository/ledger_rows.h"

namespace tributary {
namespace {

// Times are milliseconds since 1970-01-01T00:00Z. "TriR" says whose file this is.
constexpr std::int64_t application_id = 0x54726952;
constexpr std::int64_t schema_version = 3;

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
static_assert(application_id == 1416784210 && schema_version == 3, "the pragmas above take literals only");

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

std::optional<std::string> Ledger::holder(const std::string& site, const std::string& stream, std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    Query row = database_.query("SELECT id FROM chunks WHERE site = ?1 AND stream = ?2 AND sequence = ?3");
    row.bind(1, site).bind(2, stream).bind(3, sequence);
    return row.step() ? std::optional<std::string>(row.text(0)) : std::nullopt;
}

bool Ledger::insert(const LedgerChunk& chunk) {
    Query row = database_.query(
        "INSERT OR IGNORE INTO chunks (site, id, stream, sequence, previous, manifest, manifest_sha256, rows, "
        "sealed_bytes, sealed_sha256, certificate, received, receipt, kind) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    row.bind(1, chunk.site).bind(2, chunk.id).bind(3, chunk.stream).bind(4, chunk.sequence).bind(5, chunk.previous);
    row.bind(6, chunk.manifest).bind(7, chunk.manifest_sha256).bind(8, chunk.rows).bind(9, chunk.sealed_bytes);
    row.bind(10, chunk.sealed_sha256).bind(11, chunk.certificate).bind(12, to_milliseconds(chunk.received));
    row.bind(13, chunk.receipt);
    row.bind(14, std::string_view(chunk.kind == ChunkKind::retraction ? "retraction" : "records")).run();
    return database_.changes() == 1;
}

std::optional<std::vector<Gap>> Ledger::commit(const LedgerChunk& chunk, const std::string& certificate_pem) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(database_);
    database_.query("INSERT OR IGNORE INTO certificates (fingerprint, pem) VALUES (?1, ?2)")
        .bind(1, chunk.certificate)
        .bind(2, certificate_pem)
        .run();
    if (!insert(chunk)) {
        return std::nullopt;
    }
    std::vector<Gap> opened = update_gaps(chunk);
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

std::vector<LedgerChunk> Ledger::landed_records(const LedgerChunk& stream, std::uint64_t after, std::uint64_t before,
                                                std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    Query row = database_.query(LEDGER_SELECT
                                " WHERE site = ?1 AND stream = ?2 AND sequence > ?3 AND sequence < ?4 AND "
                                "state = 'landed' AND kind = 'records' ORDER BY sequence LIMIT ?5");
    row.bind(1, stream.site).bind(2, stream.stream).bind(3, after).bind(4, before).bind(5, std::uint64_t{limit});
    while (row.step()) {
        chunks.push_back(read_chunk(row));
    }
    return chunks;
}

std::vector<LedgerChunk> Ledger::landed_retractions(const LedgerChunk& chunk) {
    const std::lock_guard lock(mutex_);
    std::vector<LedgerChunk> chunks;
    Query row = database_.query(LEDGER_SELECT
                                " WHERE site = ?1 AND stream = ?2 AND sequence > ?3 AND kind = 'retraction' AND "
                                "state = 'landed' ORDER BY sequence");
    row.bind(1, chunk.site).bind(2, chunk.stream).bind(3, chunk.sequence);
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
                                " WHERE (site, stream, sequence) > (?1, ?2, ?3) ORDER BY site, stream, sequence "
                                "LIMIT ?4");
    row.bind(1, last.site).bind(2, last.stream).bind(3, last.sequence).bind(4, std::uint64_t{limit});
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
        "sum(sealed_bytes), sum(state = 'landed'), "
        "sum(state = 'unopenable'), max(sequence), max(received) FROM chunks GROUP BY site, stream "
        "ORDER BY site, stream");
    while (row.step()) {
        totals.push_back({row.text(0), row.text(1), row.count(2), row.count(3), row.count(4), row.count(5),
                          row.count(6), row.count(7), to_time(row.integer(8))});
    }
    return totals;
}

}  // namespace tributary
