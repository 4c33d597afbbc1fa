#pragma once

#include <filesystem>
#include <optional>

#include "agent/outbox/database.h"
#include "service/repository/ledger/ledger_database.h"

namespace tributary {

/// A ledger in an SQLite file: WAL, synchronous=FULL.
class SqliteLedger : public LedgerDatabase {
  public:
    SqliteLedger(const std::filesystem::path& file, LedgerAccess access);

    LedgerQuery query(const char* sql) override;
    std::uint64_t changes() const override { return database_.changes(); }

  private:
    void begin() override { transaction_.emplace(database_); }
    void commit() override;
    void roll_back() noexcept override { transaction_.reset(); }

    Database database_;
    std::optional<Transaction> transaction_;
};

}  // namespace tributary
