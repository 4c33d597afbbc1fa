#pragma once

#include "service/repository/ledger/ledger_location.h"
#include "service/repository/ledger/postgres_connection.h"

namespace tributary {

/// Makes the tables where they are missing and may be made; throws Error(not_found) if they may not, and
/// Error(configuration) if the ledger is of another version. Of several processes one makes them.
void prepare_postgres_ledger(PostgresConnection& connection, LedgerAccess access);

/// Holds the ledger for the transaction, and throws Error(configuration) if another version has changed it meanwhile.
void hold_postgres_ledger(PostgresConnection& connection);

}  // namespace tributary
