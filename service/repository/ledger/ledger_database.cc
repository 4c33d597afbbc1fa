#include "service/repository/ledger/ledger_database.h"

#include "service/repository/ledger/postgres_ledger.h"
#include "service/repository/ledger/sqlite_ledger.h"

namespace tributary {

LedgerQuery& LedgerQuery::bind(int parameter, std::int64_t value) {
    statement_->bind(parameter, value);
    return *this;
}

LedgerQuery& LedgerQuery::bind(int parameter, std::uint64_t value) {
    return bind(parameter, static_cast<std::int64_t>(value));
}

LedgerQuery& LedgerQuery::bind(int parameter, std::string_view text) {
    statement_->bind(parameter, text);
    return *this;
}

void LedgerQuery::run() {
    while (step()) {
    }
}

std::int64_t LedgerDatabase::integer(const char* sql) {
    LedgerQuery row = query(sql);
    return row.step() ? row.integer(0) : 0;
}

LedgerTransaction::~LedgerTransaction() {
    if (open_) {
        database_.roll_back();
    }
}

void LedgerTransaction::commit() {
    database_.commit();
    open_ = false;
}

std::unique_ptr<LedgerDatabase> open_ledger_database(const LedgerLocation& location, LedgerAccess access) {
    if (location.is_shared()) {
        return std::make_unique<PostgresLedger>(location, access);
    }
    return std::make_unique<SqliteLedger>(location.file, access);
}

}  // namespace tributary
