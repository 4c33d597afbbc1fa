#include "agent/outbox/outbox_schema.h"

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"

namespace tributary {

namespace {

// "Trib"; together with the version it says whose file this is.
constexpr std::int64_t application_id = 0x54726962;
constexpr std::int64_t schema_version = 6;

// Times are milliseconds since 1970-01-01T00:00Z. Payloads stand in a table of their own, so that lists and the search
// for what is due do not page through them. A seal is the beginning of a SHA-256 over its row (row_seal), since a bit
// that flips within a value damages no structure; rows of before version 4 have none. States: chunks 0 queued, 1
// quarantined; runs as RunState.
constexpr const char* tables = R"sql(
CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE streams (
    stream TEXT PRIMARY KEY,
    next_sequence INTEGER NOT NULL,
    last_manifest_sha256 TEXT NOT NULL,
    seal TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE payloads (
    chunk INTEGER PRIMARY KEY REFERENCES chunks (number) ON DELETE CASCADE,
    manifest TEXT NOT NULL,
    sealed BLOB NOT NULL,
    manifest_sha256 TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE checkpoints (
    source TEXT PRIMARY KEY,
    checkpoint BLOB NOT NULL,
    run TEXT NOT NULL,
    stored INTEGER NOT NULL,
    seal TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
    source TEXT NOT NULL,
    mark BLOB NOT NULL,
    stored INTEGER NOT NULL,
    seal TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source, mark)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    started INTEGER NOT NULL,
    ended INTEGER,
    rows INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    chunks INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX runs_of_source ON runs (source, state, ended);
)sql";

// Of version 4: numbers are a queue's own, and what was salvaged from a damaged one keeps the numbers that it had
// there. Chunks of one stream leave in the order of `number`.
constexpr const char* chunks_table = R"sql(
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    sealed_bytes INTEGER NOT NULL,
    sealed_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1)),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL,
    last_error TEXT NOT NULL DEFAULT '',
    UNIQUE (queue, stream, sequence)
) STRICT;
CREATE INDEX chunks_in_state ON chunks (state, stream);
)sql";

constexpr const char* receipts_table = R"sql(
CREATE TABLE receipts (
    number INTEGER PRIMARY KEY,
    chunk_id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    sealed_bytes INTEGER NOT NULL,
    sealed_sha256 TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    jws TEXT NOT NULL,
    stored INTEGER NOT NULL,
    UNIQUE (queue, stream, sequence)
) STRICT;
)sql";

// What was there before belongs to the queue without an id.
constexpr const char* chunks_of_before = R"sql(
INSERT INTO chunks SELECT number, id, '', stream, sequence, rows, sealed_bytes, sealed_sha256, created, state, attempts,
    next_attempt, last_error FROM chunks_of_before;
DROP TABLE chunks_of_before;
)sql";
constexpr const char* receipts_of_before = R"sql(
INSERT INTO receipts SELECT number, chunk_id, '', stream, sequence, rows, sealed_bytes, sealed_sha256, manifest_sha256,
    jws, stored FROM receipts_of_before;
DROP TABLE receipts_of_before;
)sql";

// Rows that the egress guard held back, sealed to this site; of version 2.
constexpr const char* held_rows_table = R"sql(
CREATE TABLE held_rows (
    number INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    run TEXT NOT NULL,
    rows INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    sealed BLOB NOT NULL,
    stored INTEGER NOT NULL
) STRICT;
)sql";

// What a stream's list of opt-outs was at its last retraction, sealed under the linkage key; of version 3.
constexpr const char* opt_outs_table = R"sql(
CREATE TABLE opt_outs (
    stream TEXT PRIMARY KEY,
    remembered BLOB NOT NULL,
    stored INTEGER NOT NULL
) STRICT;
)sql";

// What runs have brought so far, and the manifests of those that are over, for good once they have their receipt; of
// version 5. States as of chunks, and 2 for delivered.
constexpr const char* run_tables = R"sql(
CREATE TABLE run_streams (
    run TEXT NOT NULL,
    stream TEXT NOT NULL,
    queue TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    last_manifest_sha256 TEXT NOT NULL,
    seal TEXT NOT NULL,
    PRIMARY KEY (run, stream, queue)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_manifests (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    manifest TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX run_manifests_in_state ON run_manifests (state, number);
)sql";

// Rows that wait until a chunk of them is closed, encrypted under a key that is sealed to the site; of version 6. A
// chunk without a run could not be opened when its run ended. Rows have no index by chunk: they are added at the end
// and gone when their chunk is closed.
constexpr const char* open_chunk_tables = R"sql(
CREATE TABLE open_chunks (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    run TEXT NOT NULL,
    manifest TEXT NOT NULL,
    key BLOB NOT NULL,
    created INTEGER NOT NULL,
    shuffled INTEGER NOT NULL,
    seal TEXT NOT NULL
) STRICT;
CREATE TABLE open_rows (
    number INTEGER PRIMARY KEY,
    chunk INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    seal TEXT NOT NULL
) STRICT;
)sql";

void make_tables(Database& database, const std::string& site) {
    Transaction transaction(database);
    if (database.integer("SELECT count(*) FROM sqlite_master") != 0) {
        return;  // another process was quicker
    }
    database.execute(tables);
    database.execute(chunks_table);
    database.execute(receipts_table);
    database.execute(held_rows_table);
    database.execute(opt_outs_table);
    database.execute(run_tables);
    database.execute(open_chunk_tables);
    const auto queue = random_hex(16);
    database.query("INSERT INTO property (name, value) VALUES ('site', ?1), ('queue', ?2)")
        .bind(1, std::string_view(site))
        .bind(2, std::string_view(queue))
        .run();
    database.execute("PRAGMA application_id = 1416784226");
    database.execute("PRAGMA user_version = 6");
    transaction.commit();
}
static_assert(application_id == 1416784226 && schema_version == 6, "the pragmas above take literals only");

/// Brings a queue of an earlier version to this one.
void migrate(Database& database) {
    // Tables are made anew: payloads must not go with the chunks that they belong to. No effect within a transaction.
    database.execute("PRAGMA foreign_keys = OFF");
    database.execute("PRAGMA legacy_alter_table = ON");  // payloads belong to what has the name afterwards
    Transaction transaction(database);
    if (database.integer("PRAGMA user_version") == 1) {
        database.execute(held_rows_table);
        database.execute("PRAGMA user_version = 2");
    }
    if (database.integer("PRAGMA user_version") == 2) {
        database.execute(opt_outs_table);
        database.execute("PRAGMA user_version = 3");
    }
    if (database.integer("PRAGMA user_version") == 3) {
        database.execute("DROP INDEX chunks_in_state");
        database.execute("ALTER TABLE chunks RENAME TO chunks_of_before");
        database.execute(chunks_table);
        database.execute(chunks_of_before);
        for (const char* sql : {"ALTER TABLE streams ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
                                "ALTER TABLE checkpoints ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
                                "ALTER TABLE marks ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
                                "ALTER TABLE payloads ADD COLUMN manifest_sha256 TEXT NOT NULL DEFAULT ''"}) {
            database.execute(sql);
        }
        database.execute("ALTER TABLE receipts RENAME TO receipts_of_before");
        database.execute(receipts_table);
        database.execute(receipts_of_before);
        database.execute("PRAGMA user_version = 4");
    }
    if (database.integer("PRAGMA user_version") == 4) {
        database.execute(run_tables);
        database.execute("PRAGMA user_version = 5");
    }
    if (database.integer("PRAGMA user_version") == 5) {
        database.execute(open_chunk_tables);
        database.execute("PRAGMA user_version = 6");
    }
    transaction.commit();
    database.execute("PRAGMA legacy_alter_table = OFF");
    database.execute("PRAGMA foreign_keys = ON");
}

void check_is_ours(Database& database, const std::string& site, bool may_be_old = false) {
    const auto name = database.file().string();
    if (database.integer("PRAGMA application_id") != application_id) {
        throw Error(ErrorCode::configuration, name + " is an SQLite file but no queue of Tributary; name another file");
    }
    if (const auto version = database.integer("PRAGMA user_version");
        version != schema_version && (version < 1 || version > schema_version || !may_be_old)) {
        throw Error(ErrorCode::configuration, name + " has the form " + std::to_string(version) +
                                                  " of another version of Tributary; this one knows " +
                                                  std::to_string(schema_version));
    }
    auto row = database.query("SELECT value FROM property WHERE name = 'site'");
    const auto owner = row.step() ? row.text(0) : std::string();
    if (owner != site) {
        throw Error(ErrorCode::configuration, name + " is the queue of site " + owner + ", not of " + site +
                                                  "; give each site a data folder of its own");
    }
}

bool is_empty(Database& database) {
    return database.integer("SELECT count(*) FROM sqlite_master") == 0 &&
           database.integer("PRAGMA application_id") == 0;
}

}  // namespace

std::unique_ptr<Database> open_outbox_to_write(const std::filesystem::path& file, const std::string& site) {
    auto& files = system_files();
    if (!files.exists(file)) {
        // SQLite gives its -wal and -shm files the rights of this one.
        files.create(file, Privacy::owner_only)->close();
        files.sync_folder(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
    }
    auto database = std::make_unique<Database>(file, Database::Access::write);
    const bool fresh = is_empty(*database);
    if (fresh) {
        // These two are settled once the first page is written. The page size was measured: chunks are large blobs.
        database->execute("PRAGMA page_size = 16384");
        database->execute("PRAGMA auto_vacuum = INCREMENTAL");
    } else {
        check_is_ours(*database, site, true);
    }
    database->execute("PRAGMA journal_mode = WAL");
    database->execute("PRAGMA synchronous = FULL");
    if (!fresh && database->integer("PRAGMA user_version") != schema_version) {
        migrate(*database);
    }
    // Not ON: the bytes of a payload, which nobody here can open, would go through the log once more when it is
    // removed, and a full disk could not take a receipt.
    database->execute("PRAGMA secure_delete = FAST");
    database->execute("PRAGMA wal_autocheckpoint = 1000");
    database->execute("PRAGMA journal_size_limit = 33554432");
    if (fresh) {
        make_tables(*database, site);
        check_is_ours(*database, site);
    }
    return database;
}

std::unique_ptr<Database> open_outbox_to_read(const std::filesystem::path& file, const std::string& site) {
    if (!system_files().exists(file)) {
        throw Error(ErrorCode::not_found,
                    file.string() + ": there is no queue yet; it is made by the first `tributary run`");
    }
    auto database = std::make_unique<Database>(file, Database::Access::read);
    if (is_empty(*database)) {
        throw Error(ErrorCode::not_found, file.string() + ": the queue is empty and was never used");
    }
    check_is_ours(*database, site);
    return database;
}

}  // namespace tributary
