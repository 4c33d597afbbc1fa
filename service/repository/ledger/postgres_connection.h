#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/error.h"
#include "service/repository/ledger/ledger_location.h"

struct pg_conn;
struct pg_result;

namespace tributary {

/// Why a URL cannot be taken for a ledger, and what to do; empty if it can. No password may stand in it, and a server
/// on another computer is to be verified (sslmode=verify-full). https://www.postgresql.org/docs/15/libpq-connect.html
std::string why_no_ledger_url(const std::string& url);

/// What a statement gave: rows, or a count of rows changed. Columns count from 0.
class PostgresResult {
  public:
    explicit PostgresResult(pg_result* result);

    pg_result* get() const noexcept { return result_.get(); }
    bool has_row() const noexcept;
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;

  private:
    std::unique_ptr<pg_result, void (*)(pg_result*)> result_;
};

/// One connection to a PostgreSQL server, made when it is first needed and again after it broke. What it commits is on
/// the server's disk when it returns: a server that is set to something else is not taken. One thread at a time. Errors
/// are as those of LedgerDatabase; no text holds a value of a row.
class PostgresConnection {
  public:
    PostgresConnection(const LedgerLocation& location, LedgerAccess access);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    /// Connects unless it is connected. True if the connection is a new one. For a second after it could not, it does
    /// not try again: of many who wait for a server that does not answer, one waits for its time-out and not each.
    bool connect();
    bool connected() const noexcept;
    /// Gives up a connection of which nobody knows what state it is in.
    void disconnect() noexcept;
    /// Statements without parameters; the last one's result.
    PostgresResult execute(const char* sql);

    pg_conn* get() const noexcept { return connection_.get(); }
    /// Whether the result says, or its lack, that the connection is at its end. (Its own status tells only later.)
    static bool is_end(const PostgresResult& result) noexcept;
    /// Says what was wrong with the result or, without one, with the connection; gives the connection up if that is at
    /// its end.
    [[noreturn]] void fail(const PostgresResult* result);

  private:
    void set_up();
    void connect_anew();
    [[noreturn]] void refuse(ErrorCode code, const std::string& what) const;

    std::vector<std::string> names_;
    std::vector<std::string> values_;
    std::string where_;  ///< for messages
    LedgerAccess access_;
    std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
    std::optional<Error> failure_;  // of connecting, the last time
    std::chrono::steady_clock::time_point failed_;
};

}  // namespace tributary
