#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tributary {

class Database;

/// A prepared statement in use: bind, step, read; goes back to the database's store when it ends. Parameters and
/// columns count from 1 and 0, as SQLite's do.
class Query {
  public:
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    Query& bind(int parameter, std::int64_t value);
    Query& bind(int parameter, std::uint64_t value);
    /// Texts and blobs are not copied: they must outlive the query.
    Query& bind(int parameter, std::string_view text);
    Query& bind_blob(int parameter, std::string_view bytes);

    /// True for a row, false at the end. Throws Error.
    bool step();
    /// For what gives no rows.
    void run();

    std::int64_t integer(int column) const;
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string text(int column) const;
    /// Valid until the next step or the end.
    std::string_view blob(int column) const;
    bool is_null(int column) const;

  private:
    friend class Database;
    Query(Database& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
    Database& database_;
    sqlite3_stmt* statement_;
};

/// One connection to an SQLite file. SQLite's result codes become Error: storage (disk full, I/O), corrupt (damaged or
/// no database), in_use (locked), permission, internal (anything that only a defect of ours causes). One thread at a
/// time.
class Database {
  public:
    enum class Access { write, read };

    /// `file` must exist.
    Database(const std::filesystem::path& file, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// The statement is prepared once and kept; `sql` must be a literal. Not for use inside itself.
    Query query(const char* sql);
    /// Statements without parameters or rows.
    void execute(const char* sql);
    std::int64_t integer(const char* sql);

    /// Closing leaves the write-ahead log as it is: a damaged file is evidence.
    void leave_log();

    /// Whether the file was found damaged. Thread-safe.
    bool damaged() const noexcept { return damaged_; }
    /// What is in it is not what was put in.
    void note_damage() noexcept { damaged_ = true; }

    /// The file grows no larger than this while this connection writes.
    void limit_size(std::uint64_t bytes);

    std::uint64_t changes() const noexcept;
    const std::filesystem::path& file() const noexcept { return file_; }

    [[noreturn]] void fail(int code) const;

  private:
    friend class Transaction;
    std::filesystem::path file_;
    mutable std::atomic<bool> damaged_ = false;
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
    std::map<const char*, std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>> statements_;
};

/// BEGIN IMMEDIATE, and ROLLBACK unless commit() returned.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
    bool open_ = true;
};

}  // namespace tributary
