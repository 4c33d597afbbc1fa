#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "service/repository/ledger/ledger_location.h"

namespace tributary {

/// What a kind of database does with one statement in use.
class LedgerStatement {
  public:
    virtual ~LedgerStatement() = default;
    virtual void bind(int parameter, std::int64_t value) = 0;
    virtual void bind(int parameter, std::string_view text) = 0;
    virtual bool step() = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string text(int column) const = 0;
    virtual bool is_null(int column) const = 0;
};

/// A statement of the ledger in use: bind, step, read. Parameters are written ?1, ?2 and so on; columns count from 0.
/// One at a time: what has more rows to give keeps others from being asked.
class LedgerQuery {
  public:
    explicit LedgerQuery(std::unique_ptr<LedgerStatement> statement) : statement_(std::move(statement)) {}

    LedgerQuery& bind(int parameter, std::int64_t value);
    LedgerQuery& bind(int parameter, std::uint64_t value);
    /// Texts are not copied: they must outlive the query.
    LedgerQuery& bind(int parameter, std::string_view text);

    /// True for a row, false at the end. Throws Error.
    bool step() { return statement_->step(); }
    /// For what gives no rows.
    void run();

    std::int64_t integer(int column) const { return statement_->integer(column); }
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string text(int column) const { return statement_->text(column); }
    bool is_null(int column) const { return statement_->is_null(column); }

  private:
    std::unique_ptr<LedgerStatement> statement_;
};

/// The database that a ledger is in, with the ledger's tables of this version. The ledger's statements are such as
/// SQLite and PostgreSQL understand alike. What a transaction or a statement outside of one has changed is on the disk
/// when it returns. One thread at a time. Errors: storage, corrupt, in_use, permission, network (the server cannot be
/// reached, or the connection broke: whether a commit that was under way has come through is not known), configuration.
class LedgerDatabase {
  public:
    virtual ~LedgerDatabase() = default;

    /// The statement is prepared once and kept; `sql` must be a literal.
    virtual LedgerQuery query(const char* sql) = 0;
    std::int64_t integer(const char* sql);
    /// Rows that the last statement inserted, updated or deleted.
    virtual std::uint64_t changes() const = 0;

  private:
    friend class LedgerTransaction;
    /// Nobody else writes to the ledger until the end of it.
    virtual void begin() = 0;
    virtual void commit() = 0;
    virtual void roll_back() noexcept = 0;
};

/// Rolled back unless commit() returned.
class LedgerTransaction {
  public:
    explicit LedgerTransaction(LedgerDatabase& database) : database_(database) { database_.begin(); }
    ~LedgerTransaction();
    LedgerTransaction(const LedgerTransaction&) = delete;
    LedgerTransaction& operator=(const LedgerTransaction&) = delete;
    void commit();

  private:
    LedgerDatabase& database_;
    bool open_ = true;
};

/// Access write makes the ledger if it is missing, or brings it to this version; access read throws Error(not_found)
/// then. Throws Error(configuration) if what is there is no ledger, or one of another version.
std::unique_ptr<LedgerDatabase> open_ledger_database(const LedgerLocation& location, LedgerAccess access);

}  // namespace tributary
