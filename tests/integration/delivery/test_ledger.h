#pragma once

#include <filesystem>
#include <string>

#include "service/repository/ledger/ledger_location.h"

namespace tributary::testing {

/// Whether the tests have a PostgreSQL server for their ledgers (tests/support/with_postgres.sh).
bool on_postgres();
/// A ledger that is not made yet: the SQLite file, or a schema of its own in the server's database.
LedgerLocation test_ledger(const std::filesystem::path& file);
/// Behind the ledger's back.
void change_ledger(const LedgerLocation& ledger, const std::string& sql);

}  // namespace tributary::testing
