#include "service/repository/ledger/postgres_schema.h"

namespace tributary {
namespace {

// As the tables of the SQLite ledger of the same version. Texts are compared byte by byte, as there.
constexpr std::int64_t schema_version = 7;

constexpr const char* schema = R"sql(
CREATE TABLE ledger (
  application TEXT PRIMARY KEY CHECK (application = 'tributary-repository'),
  version BIGINT NOT NULL,
  store TEXT NOT NULL DEFAULT ''
);
CREATE TABLE certificates (
  fingerprint TEXT COLLATE "C" PRIMARY KEY,
  pem TEXT NOT NULL
);
CREATE TABLE queues (
  site TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  queue TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  PRIMARY KEY (site, stream, queue),
  UNIQUE (site, stream, generation)
);
CREATE TABLE chunks (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  queue TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  previous TEXT NOT NULL,
  manifest TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  rows BIGINT NOT NULL,
  sealed_bytes BIGINT NOT NULL,
  sealed_sha256 TEXT NOT NULL,
  certificate TEXT COLLATE "C" NOT NULL REFERENCES certificates (fingerprint),
  received BIGINT NOT NULL,
  receipt TEXT NOT NULL,
  state TEXT COLLATE "C" NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'landed', 'unopenable')),
  landed_file TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  kind TEXT COLLATE "C" NOT NULL DEFAULT 'records' CHECK (kind IN ('records', 'retraction')),
  removed_rows BIGINT NOT NULL DEFAULT 0,
  landed_sha256 TEXT NOT NULL DEFAULT '',
  run TEXT COLLATE "C" NOT NULL,
  UNIQUE (site, id),
  UNIQUE (site, stream, generation, sequence)
);
CREATE INDEX chunks_not_landed ON chunks (number, state) WHERE state <> 'landed';
CREATE INDEX chunks_retractions ON chunks (site, stream, generation, sequence) WHERE kind = 'retraction';
CREATE INDEX chunks_in_time ON chunks (site, received);
CREATE TABLE retracted_rows (
  site TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  row_key TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (site, stream, row_key)
);
CREATE TABLE settlements (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  settled BIGINT NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE gaps (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('missing', 'chain', 'restart')),
  site TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  noticed BIGINT NOT NULL,
  closed BIGINT,
  settled BIGINT
);
CREATE INDEX gaps_open ON gaps (site, stream, generation, first) WHERE closed IS NULL;
CREATE TABLE runs (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  manifest TEXT NOT NULL,
  jws TEXT NOT NULL,
  certificate TEXT COLLATE "C" NOT NULL REFERENCES certificates (fingerprint),
  received BIGINT NOT NULL,
  receipt TEXT NOT NULL,
  UNIQUE (site, id)
);
CREATE TABLE run_streams (
  site TEXT COLLATE "C" NOT NULL,
  run TEXT COLLATE "C" NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  queue TEXT COLLATE "C" NOT NULL,
  began BIGINT NOT NULL,
  latest BIGINT NOT NULL,
  chunks BIGINT NOT NULL DEFAULT 0,
  rows BIGINT NOT NULL DEFAULT 0,
  first BIGINT,
  last BIGINT,
  all_rows BIGINT,
  settled BIGINT,
  PRIMARY KEY (site, run, stream, queue)
);
CREATE INDEX run_streams_not_whole ON run_streams (began) WHERE last IS NULL OR chunks <= last - first;
CREATE INDEX run_streams_in_time ON run_streams (began);
CREATE TABLE enrolment_tokens (
  sha256 TEXT COLLATE "C" PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  expires BIGINT NOT NULL,
  key TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE TABLE issued_certificates (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL UNIQUE,
  key TEXT COLLATE "C" NOT NULL,
  pem TEXT NOT NULL,
  issued BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  UNIQUE (site, key)
);
CREATE TABLE revocations (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL,
  last_issued BIGINT NOT NULL,
  revoked BIGINT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX revocations_of_site ON revocations (site, fingerprint);
INSERT INTO ledger (application, version) VALUES ('tributary-repository', 7);
)sql";
static_assert(schema_version == 7, "the statement above takes a literal only");

void check_version(const PostgresResult& row) {
    if (!row.has_row() || row.integer(0) != schema_version) {
        throw Error(ErrorCode::configuration,
                    "the ledger (PostgreSQL) was written by another version of tributary-repository");
    }
}

bool is_there(PostgresConnection& connection) {
    return !connection.execute("SELECT to_regclass('ledger')").is_null(0);
}

}  // namespace

void prepare_postgres_ledger(PostgresConnection& connection, LedgerAccess access) {
    if (access == LedgerAccess::write) {
        connection.execute("BEGIN");
        connection.execute("SELECT pg_advisory_xact_lock(1416784210)");  // "TriR", as in an SQLite ledger
        if (!is_there(connection)) {
            connection.execute(schema);
        }
        connection.execute("COMMIT");
    } else if (!is_there(connection)) {
        throw Error(ErrorCode::not_found,
                    "there is no ledger in the database; has 'tributary-repository serve' run yet?");
    }
    check_version(connection.execute("SELECT version FROM ledger"));
}

void hold_postgres_ledger(PostgresConnection& connection) {
    check_version(connection.execute("SELECT version FROM ledger FOR UPDATE"));
}

}  // namespace tributary
