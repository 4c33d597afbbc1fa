#include "tests/integration/delivery/test_ledger.h"

#include <cstdlib>

#include "agent/keys/digest.h"
#include "agent/outbox/database.h"
#include "service/repository/ledger/postgres_connection.h"

namespace tributary::testing {

namespace {

std::string server() {
    const char* const url = std::getenv("TRIBUTARY_POSTGRES");
    return url == nullptr ? "" : url;
}

}  // namespace

bool on_postgres() {
    return !server().empty();
}

LedgerLocation test_ledger(const std::filesystem::path& file) {
    if (!on_postgres()) {
        return file;
    }
    const std::string schema = "of_test_" + random_hex(8);
    change_ledger({server(), file.parent_path()}, "CREATE SCHEMA " + schema);
    return {server() + "&options=-csearch_path%3D" + schema, file.parent_path()};
}

void change_ledger(const LedgerLocation& ledger, const std::string& sql) {
    if (!ledger.is_shared()) {
        Database(ledger.file, Database::Access::write).execute(sql.c_str());
        return;
    }
    PostgresConnection connection(ledger, LedgerAccess::write);
    connection.connect();
    connection.execute(sql.c_str());
}

}  // namespace tributary::testing
