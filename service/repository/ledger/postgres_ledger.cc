#include "service/repository/ledger/postgres_ledger.h"

#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <vector>

#include "service/repository/ledger/postgres_schema.h"

namespace tributary {
namespace {

// Of pg_type.dat, which never change.
constexpr Oid integer_type = 20;
constexpr Oid text_type = 25;

constexpr std::size_t integer_bytes = 8;

/// In the order of the network, as PostgreSQL takes numbers.
std::array<char, integer_bytes> network_order(std::int64_t value) noexcept {
    std::array<char, integer_bytes> bytes{};
    auto rest = static_cast<std::uint64_t>(value);
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
        *byte = static_cast<char>(rest & 0xffU);
        rest >>= 8U;
    }
    return bytes;
}

/// ?1 as PostgreSQL writes it: $1. Our statements have no question marks elsewhere.
std::string dollars(std::string sql) {
    for (char& character : sql) {
        if (character == '?') {
            character = '$';
        }
    }
    return sql;
}

}  // namespace

/// Rows come one by one, so that a long answer does not fill the memory.
class PostgresStatement : public LedgerStatement {
  public:
    PostgresStatement(PostgresLedger& ledger, const char* sql) : ledger_(ledger), sql_(sql) {}
    ~PostgresStatement() override {
        if (sent_) {
            finish();
        }
    }
    PostgresStatement(const PostgresStatement&) = delete;
    PostgresStatement& operator=(const PostgresStatement&) = delete;

    void bind(int parameter, std::int64_t value) override {
        auto& bound = at(parameter);
        bound.type = integer_type;
        bound.number = network_order(value);
    }
    void bind(int parameter, std::string_view text) override {
        auto& bound = at(parameter);
        bound.type = text_type;
        bound.text = text;
    }
    bool step() override;
    std::int64_t integer(int column) const override { return row_.is_null(column) ? 0 : row_.integer(column); }
    std::string text(int column) const override { return row_.text(column); }
    bool is_null(int column) const override { return row_.is_null(column); }

  private:
    struct Bound {
        Oid type = text_type;
        std::array<char, integer_bytes> number{};
        std::string_view text;
        const char* data() const noexcept {
            return type == integer_type ? number.data() : text.data() == nullptr ? "" : text.data();
        }
        int size() const noexcept {
            return type == integer_type ? static_cast<int>(integer_bytes) : static_cast<int>(text.size());
        }
    };
    Bound& at(int parameter) {
        const auto place = static_cast<std::size_t>(parameter);
        if (bound_.size() < place) {
            bound_.resize(place);
        }
        return bound_[place - 1];
    }
    void send();
    PostgresResult first();
    /// Takes what else there is, so that the connection is free.
    void finish() noexcept {
        while (pg_result* const rest = PQgetResult(ledger_.connection_.get())) {
            PQclear(rest);
        }
        sent_ = false;
        ledger_.in_use_ = false;
    }

    PostgresLedger& ledger_;
    const char* sql_;
    std::vector<Bound> bound_;
    PostgresResult row_{nullptr};
    bool sent_ = false;
    bool ended_ = false;
};

void PostgresStatement::send() {
    std::vector<unsigned> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const auto& bound : bound_) {
        types.push_back(bound.type);
        values.push_back(bound.data());
        lengths.push_back(bound.size());
    }
    const std::vector<int> binary(bound_.size(), 1);
    pg_conn* const connection = ledger_.connection_.get();
    const std::string& name = ledger_.prepared(sql_, types);
    if (PQsendQueryPrepared(connection, name.c_str(), static_cast<int>(bound_.size()), values.data(), lengths.data(),
                            binary.data(), 0) == 0) {
        ledger_.connection_.fail(nullptr);
    }
    PQsetSingleRowMode(connection);
    sent_ = ledger_.in_use_ = true;
}

/// That a connection broke since it was last used is noticed here. Outside of a transaction the statement is sent once
/// more then: the ledger has none there that does more when it is done twice.
PostgresResult PostgresStatement::first() {
    if (ledger_.in_use_) {
        throw Error(ErrorCode::internal, "a statement of the ledger was asked while another had more to give");
    }
    for (bool again = !ledger_.in_transaction_;; again = false) {
        if (!ledger_.in_transaction_) {
            ledger_.reconnect();
        }
        try {
            send();
        } catch (const Error&) {
            if (again && !ledger_.connection_.connected()) {
                continue;
            }
            throw;
        }
        PostgresResult result(PQgetResult(ledger_.connection_.get()));
        if (!again || !ledger_.connection_.is_end(result)) {
            return result;
        }
        finish();
        ledger_.connection_.disconnect();
    }
}

bool PostgresStatement::step() {
    if (ended_) {
        return false;
    }
    row_ = sent_ ? PostgresResult(PQgetResult(ledger_.connection_.get())) : first();
    if (row_.get() == nullptr) {
        ledger_.connection_.fail(nullptr);
    }
    switch (PQresultStatus(row_.get())) {
        case PGRES_SINGLE_TUPLE:
            return true;
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK: {
            const std::string_view changed(PQcmdTuples(row_.get()));
            ledger_.changes_ = 0;
            std::from_chars(changed.data(), changed.data() + changed.size(), ledger_.changes_);
            ended_ = true;
            finish();
            return false;
        }
        default: {
            ended_ = true;
            finish();
            ledger_.connection_.fail(&row_);
        }
    }
}

PostgresLedger::PostgresLedger(const LedgerLocation& location, LedgerAccess access) : connection_(location, access) {
    connection_.connect();
    prepare_postgres_ledger(connection_, access);
}

LedgerQuery PostgresLedger::query(const char* sql) {
    return LedgerQuery(std::make_unique<PostgresStatement>(*this, sql));
}

void PostgresLedger::reconnect() {
    if (connection_.connect()) {
        for (auto& [sql, statement] : statements_) {
            statement.known = false;
        }
    }
}

const std::string& PostgresLedger::prepared(const char* sql, const std::vector<unsigned>& types) {
    Prepared& statement = statements_[sql];
    if (!statement.known) {
        if (statement.name.empty()) {
            statement.name = "s" + std::to_string(statements_.size());
        }
        const PostgresResult result(PQprepare(connection_.get(), statement.name.c_str(), dollars(sql).c_str(),
                                              static_cast<int>(types.size()), types.data()));
        if (result.get() == nullptr || PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            connection_.fail(&result);
        }
        statement.known = true;
    }
    return statement.name;
}

void PostgresLedger::begin() {
    for (bool again = true;; again = false) {
        reconnect();
        try {
            connection_.execute("BEGIN");
            in_transaction_ = true;
            hold_postgres_ledger(connection_);
            return;
        } catch (...) {
            roll_back();
            if (!again || connection_.connected()) {
                throw;
            }
        }
    }
}

/// Where it fails without an answer, whether it came through is for whoever asks again to find out.
void PostgresLedger::commit() {
    in_transaction_ = false;
    const auto result = connection_.execute("COMMIT");
    if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
        throw Error(ErrorCode::internal, "the ledger did not take a transaction of which a statement had failed");
    }
}

void PostgresLedger::roll_back() noexcept {
    in_transaction_ = false;
    if (!connection_.connected() || PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) {
        return;
    }
    const PostgresResult result(PQexec(connection_.get(), "ROLLBACK"));
    if (result.get() == nullptr || PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
        connection_.disconnect();
    }
}

}  // namespace tributary
