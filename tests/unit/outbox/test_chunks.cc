#include "tests/unit/outbox/test_chunks.h"

#include <stdexcept>

#include "agent/keys/digest.h"

namespace tributary::testing {

QueueFolder::QueueFolder() : path_(std::filesystem::temp_directory_path() / ("tributary-test-" + random_hex(8))) {
    std::filesystem::create_directories(path_);
}

QueueFolder::~QueueFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Manifest sample_manifest() {
    Manifest manifest;
    manifest.id = "00112233445566778899aabbccddeeff";
    manifest.site = "RVW";
    manifest.stream = "admissions";
    manifest.sequence = 2;
    manifest.previous = to_hex(sha256("the manifest before"));
    manifest.run = "0123456789abcdef0123456789abcdef";
    manifest.created = from_rfc3339("2026-11-22T08:30:00.125Z");
    manifest.format = "ndjson";
    manifest.rows = 12;
    manifest.plain_bytes = 3456;
    manifest.plain_sha256 = to_hex(sha256("plain"));
    manifest.sealed_bytes = 1234;
    manifest.sealed_sha256 = to_hex(sha256("sealed"));
    manifest.schema.fields = {{"patient \"1\"", ColumnType::utf8}, {"admitted", ColumnType::date32}};
    manifest.policy_sha256 = to_hex(sha256("policy"));
    manifest.pseudonyms = {{"patient \"1\"", "nhs_number", "region-2026", 3, "cardiology", "tributary-pseudonym-v1"}};
    manifest.quality.rows = 12;
    manifest.quality.fields = {{"nhs_number", 9, 1, {{"check_digit", 2}}, true}, {"admitted", 12, 0, {}, false}};
    manifest.quality.rejected = {{"ragged_row", 4}};
    return manifest;
}

SealedChunk chunk_of_size(const std::string& stream, std::size_t size, std::uint64_t rows) {
    SealedChunk chunk;
    chunk.sealed.resize(size);
    fill_random({reinterpret_cast<std::uint8_t*>(chunk.sealed.data()), size});
    chunk.manifest = sample_manifest();
    chunk.manifest.id = random_hex(16);
    chunk.manifest.site.clear();
    chunk.manifest.stream = stream;
    chunk.manifest.sequence = 0;
    chunk.manifest.previous.clear();
    chunk.manifest.rows = rows;
    chunk.manifest.quality.rows = rows;
    chunk.manifest.sealed_bytes = size;
    chunk.manifest.sealed_sha256 = to_hex(sha256(chunk.sealed));
    return chunk;
}

OutboxCommit commit_of(const std::string& source, const std::string& run, const std::string& checkpoint,
                       std::vector<SealedChunk> chunks) {
    OutboxCommit commit;
    commit.source = source;
    commit.run = run;
    commit.checkpoint = checkpoint;
    for (const auto& chunk : chunks) {
        commit.totals.rows += chunk.manifest.rows;
    }
    commit.chunks = std::move(chunks);
    return commit;
}

Connection::Connection(const std::filesystem::path& file) {
    const auto name = file.u8string();
    if (sqlite3_open_v2(reinterpret_cast<const char*>(name.c_str()), &connection_, SQLITE_OPEN_READWRITE, nullptr) !=
        SQLITE_OK) {
        throw std::runtime_error("the test could not open the queue file");
    }
    sqlite3_busy_timeout(connection_, 5000);
}

Connection::~Connection() {
    sqlite3_close_v2(connection_);
}

std::int64_t Connection::integer(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(connection_));
    }
    const auto value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(connection_));
    }
}

}  // namespace tributary::testing
