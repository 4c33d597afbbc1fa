#include "service/repository/ledger/sqlite_ledger.h"

#include "service/repository/ledger/sqlite_schema.h"

namespace tributary {
namespace {

Database::Access access_to(LedgerAccess access) noexcept {
    return access == LedgerAccess::write ? Database::Access::write : Database::Access::read;
}

class SqliteStatement : public LedgerStatement {
  public:
    SqliteStatement(Database& database, const char* sql) : query_(database.query(sql)) {}

    void bind(int parameter, std::int64_t value) override { query_.bind(parameter, value); }
    void bind(int parameter, std::string_view text) override { query_.bind(parameter, text); }
    bool step() override { return query_.step(); }
    std::int64_t integer(int column) const override { return query_.integer(column); }
    std::string text(int column) const override { return query_.text(column); }
    bool is_null(int column) const override { return query_.is_null(column); }

  private:
    Query query_;
};

}  // namespace

SqliteLedger::SqliteLedger(const std::filesystem::path& file, LedgerAccess access)
    : database_(make_ledger_file(file, access_to(access)), access_to(access)) {
    prepare_ledger(database_, access_to(access));
}

LedgerQuery SqliteLedger::query(const char* sql) {
    return LedgerQuery(std::make_unique<SqliteStatement>(database_, sql));
}

void SqliteLedger::commit() {
    transaction_->commit();
    transaction_.reset();
}

}  // namespace tributary
