#include "service/repository/ledger/sqlite_schema.h"

#include <array>
#include <cstdint>

#include "agent/platform/error.h"
#include "agent/platform/file.h"

namespace tributary {
namespace {

// Times are milliseconds since 1970-01-01T00:00Z. "TriR" says whose file this is.
constexpr std::int64_t application_id = 0x54726952;
constexpr std::int64_t schema_version = 7;

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

// Which run a chunk is of, and manifests of runs that are over; of version 5. `chunks` and `rows` count what has
// arrived; what belongs to the run is known (not NULL) once the run manifest is here. Runs of which all had arrived
// before this version have no place there.
constexpr const char* runs = R"sql(
ALTER TABLE chunks ADD COLUMN run TEXT NOT NULL DEFAULT '';
UPDATE chunks SET run = coalesce(json_extract(manifest, '$.run'), '') WHERE json_valid(manifest);
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  manifest TEXT NOT NULL,
  jws TEXT NOT NULL,
  certificate TEXT NOT NULL REFERENCES certificates (fingerprint),
  received INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  UNIQUE (site, id)
) STRICT;
CREATE TABLE run_streams (
  site TEXT NOT NULL,
  run TEXT NOT NULL,
  stream TEXT NOT NULL,
  queue TEXT NOT NULL,
  began INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  chunks INTEGER NOT NULL DEFAULT 0,
  rows INTEGER NOT NULL DEFAULT 0,
  first INTEGER,
  last INTEGER,
  all_rows INTEGER,
  PRIMARY KEY (site, run, stream, queue)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_streams_not_whole ON run_streams (began) WHERE last IS NULL OR chunks <= last - first;
CREATE INDEX run_streams_in_time ON run_streams (began);
CREATE INDEX chunks_in_time ON chunks (site, received);
PRAGMA user_version = 5;
)sql";

// Certificates that sites got here, by which tokens, and which are believed no more; of version 6. A revocation
// without a fingerprint is of all that the site had when it came: those issued here up to `last_issued`, and others
// that were valid then already.
constexpr const char* certificates_of_sites = R"sql(
CREATE TABLE enrolment_tokens (
  sha256 TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  expires INTEGER NOT NULL,
  key TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE issued_certificates (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL,
  pem TEXT NOT NULL,
  issued INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  UNIQUE (site, key)
) STRICT;
CREATE TABLE revocations (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  last_issued INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX revocations_of_site ON revocations (site, fingerprint);
PRAGMA user_version = 6;
)sql";
// What somebody has decided not to wait for any more; of version 7.
constexpr const char* settlements = R"sql(
CREATE TABLE settlements (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  stream TEXT NOT NULL,
  settled INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
ALTER TABLE gaps ADD COLUMN settled INTEGER;
ALTER TABLE run_streams ADD COLUMN settled INTEGER;
PRAGMA user_version = 7;
)sql";
static_assert(application_id == 1416784210 && schema_version == 7, "the pragmas above take literals only");

/// Step n brings version n to n + 1.
void migrate(Database& database) {
    constexpr std::array steps{retractions, row_removals, generations, runs, certificates_of_sites, settlements};
    static_assert(steps.size() + 1 == schema_version);
    for (std::size_t version = 1; version <= steps.size(); ++version) {
        if (database.integer("PRAGMA user_version") == static_cast<std::int64_t>(version)) {
            database.execute(steps[version - 1]);
        }
    }
}

}  // namespace

/// The file itself; SQLite gives its -wal and -shm files the rights of this one.
const std::filesystem::path& make_ledger_file(const std::filesystem::path& file, Database::Access access) {
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

void prepare_ledger(Database& database, Database::Access access) {
    const auto file = database.file().string();
    if (access == Database::Access::write) {
        database.execute("PRAGMA journal_mode = WAL");
        database.execute("PRAGMA synchronous = FULL");
        database.execute("PRAGMA foreign_keys = ON");
        Transaction transaction(database);
        if (database.integer("SELECT count(*) FROM sqlite_master") == 0) {
            database.execute(schema);
        }
        if (database.integer("PRAGMA application_id") == application_id) {
            migrate(database);
        }
        transaction.commit();
    }
    if (database.integer("PRAGMA application_id") != application_id) {
        throw Error(ErrorCode::configuration, file + " is not a repository's ledger; name another file");
    }
    if (database.integer("PRAGMA user_version") != schema_version) {
        throw Error(ErrorCode::configuration, file + " was written by another version of tributary-repository");
    }
}

}  // namespace tributary
