#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "service/repository/ledger/ledger_database.h"
#include "service/repository/ledger/postgres_connection.h"

namespace tributary {

/// A ledger in a PostgreSQL database (version 12 or later, encoding UTF8), which several processes may share: a
/// transaction holds the row of the table `ledger`, so that one writes at a time. Where the connection broke, it is
/// made anew with the next transaction or statement outside of one.
class PostgresLedger : public LedgerDatabase {
  public:
    PostgresLedger(const LedgerLocation& location, LedgerAccess access);

    LedgerQuery query(const char* sql) override;
    std::uint64_t changes() const override { return changes_; }

  private:
    friend class PostgresStatement;
    void begin() override;
    void commit() override;
    void roll_back() noexcept override;
    void reconnect();
    const std::string& prepared(const char* sql, const std::vector<unsigned>& types);

    PostgresConnection connection_;
    struct Prepared {
        std::string name;
        bool known = false;  ///< to the server, on this connection
    };
    std::map<const char*, Prepared> statements_;
    std::uint64_t changes_ = 0;
    bool in_transaction_ = false;
    bool in_use_ = false;  ///< a statement has more to give
};

}  // namespace tributary
