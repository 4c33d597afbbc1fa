#pragma once

#include <filesystem>

#include "agent/outbox/database.h"

namespace tributary {

/// The ledger's file: made if it is missing and may be written; Error(not_found) if it may not.
const std::filesystem::path& make_ledger_file(const std::filesystem::path& file, Database::Access access);

/// Makes the tables, or brings those of an earlier version to this one, where it may write; throws
/// Error(configuration) if the file is no ledger, or one of another version.
void prepare_ledger(Database& database, Database::Access access);

}  // namespace tributary
