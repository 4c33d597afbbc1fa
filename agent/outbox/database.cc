#include "agent/outbox/database.h"

#include <sqlite3.h>

#include <algorithm>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

constexpr int busy_timeout_ms = 10'000;

std::string utf8(const std::filesystem::path& path) {
    const auto text = path.u8string();
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}

ErrorCode error_code(int code) noexcept {
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_TOOBIG:
            return ErrorCode::storage;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::in_use;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return ErrorCode::permission;
        default:
            return ErrorCode::internal;
    }
}

const char* advice(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::storage:
            return "; nothing of this step was stored. Check the disk and its free space";
        case ErrorCode::corrupt:
            return "; the file is damaged. An agent moves a damaged queue aside and saves what is whole of it; a "
                   "repository's ledger "
                   "has to be put back from its backup";
        case ErrorCode::in_use:
            return "; another program holds the file";
        case ErrorCode::permission:
            return "; check the rights of the file and of its folder";
        default:
            return "";
    }
}

}  // namespace

Query::~Query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Query& Query::bind(int parameter, std::int64_t value) {
    if (const int code = sqlite3_bind_int64(statement_, parameter, value); code != SQLITE_OK) {
        database_.fail(code);
    }
    return *this;
}

Query& Query::bind(int parameter, std::uint64_t value) {
    return bind(parameter, static_cast<std::int64_t>(value));
}

Query& Query::bind(int parameter, std::string_view text) {
    const char* const data = text.data() == nullptr ? "" : text.data();
    if (const int code = sqlite3_bind_text64(statement_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
        code != SQLITE_OK) {
        database_.fail(code);
    }
    return *this;
}

Query& Query::bind_blob(int parameter, std::string_view bytes) {
    const char* const data = bytes.data() == nullptr ? "" : bytes.data();
    if (const int code = sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC);
        code != SQLITE_OK) {
        database_.fail(code);
    }
    return *this;
}

bool Query::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        database_.fail(code);
    }
    return false;
}

void Query::run() {
    while (step()) {
    }
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Query::text(int column) const {
    const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return data == nullptr ? std::string()
                           : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string_view Query::blob(int column) const {
    const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    // A blob that cannot be loaded and one of no bytes look alike but for the connection's error.
    if (data == nullptr) {
        if (sqlite3_errcode(sqlite3_db_handle(statement_)) == SQLITE_NOMEM) {
            database_.fail(SQLITE_NOMEM);
        }
        return {};
    }
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(const std::filesystem::path& file, Access access)
    : file_(file), connection_(nullptr, &sqlite3_close_v2) {
    const int flags = (access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE;
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(utf8(file).c_str(), &connection, flags, nullptr);
    connection_.reset(connection);
    if (code != SQLITE_OK) {
        fail(code);
    }
    sqlite3_busy_timeout(connection, busy_timeout_ms);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA cell_size_check = ON");
    execute("PRAGMA temp_store = MEMORY");
}

Database::~Database() = default;

void Database::fail(int code) const {
    const auto kind = error_code(code);
    damaged_ = damaged_ || kind == ErrorCode::corrupt;
    // SQLite's message names tables and constraints; the statements hold no values of their own. Of a damaged file it
    // may quote a name with any bytes in it.
    const char* const detail = connection_ && sqlite3_extended_errcode(connection_.get()) == code
                                   ? sqlite3_errmsg(connection_.get())
                                   : sqlite3_errstr(code);
    throw Error(kind,
                utf8(file_) + ": " + clean_text(detail) + " (SQLite " + std::to_string(code) + ")" + advice(kind));
}

Query Database::query(const char* sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) {
            fail(code);
        }
        found = statements_
                    .emplace(sql, std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>(statement, &sqlite3_finalize))
                    .first;
    }
    return {*this, found->second.get()};
}

void Database::execute(const char* sql) {
    if (const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
        fail(sqlite3_extended_errcode(connection_.get()));
    }
}

std::int64_t Database::integer(const char* sql) {
    auto row = query(sql);
    return row.step() ? row.integer(0) : 0;
}

void Database::limit_size(std::uint64_t bytes) {
    constexpr std::int64_t smallest_page = 512;
    const auto pages = bytes / static_cast<std::uint64_t>(std::max(integer("PRAGMA page_size"), smallest_page));
    execute(("PRAGMA max_page_count = " + std::to_string(pages)).c_str());
}

void Database::leave_log() {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::uint64_t Database::changes() const noexcept {
    return static_cast<std::uint64_t>(sqlite3_changes64(connection_.get()));
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    // After some failures SQLite has rolled back by itself.
    if (open_ && sqlite3_get_autocommit(database_.connection_.get()) == 0) {
        sqlite3_exec(database_.connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace tributary
