#include "service/repository/ledger/postgres_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "agent/platform/utf8.h"

namespace tributary {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

constexpr int oldest_server = 120000;
constexpr std::chrono::seconds pause_after_failure(1);
/// What libpq would take when no host is named, whatever its environment says.
constexpr const char* local_sockets = "/var/run/postgresql";
/// Classes of SQLSTATE whose messages may quote values.
constexpr std::string_view values_in = "22 23";

/// What the URL leaves to us. A server that is gone is noticed within half a minute.
constexpr std::array<std::array<const char*, 2>, 8> defaults{{{"connect_timeout", "10"},
                                                              {"keepalives_idle", "10"},
                                                              {"keepalives_interval", "5"},
                                                              {"keepalives_count", "3"},
                                                              {"tcp_user_timeout", "30000"},
                                                              {"application_name", "tributary-repository"},
                                                              {"client_encoding", "UTF8"},
                                                              {"host", local_sockets}}};
constexpr std::array files_in_url{"passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl"};

/// Nothing if it is no URL that libpq can read.
std::optional<Parameters> parameters_of(const std::string& url) {
    char* fault = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &fault),
                                                                                 &PQconninfoFree);
    PQfreemem(fault);  // it may quote the URL, a misplaced password in it too
    if (!options) {
        return std::nullopt;
    }
    Parameters parameters;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') {
            parameters[option->keyword] = option->val;
        }
    }
    return parameters;
}

/// A socket in the file system, or this computer's own address.
bool is_local(std::string_view host) noexcept {
    return host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost" || host == "::1" ||
           host.starts_with("127.");
}

bool all_local(std::string_view hosts) noexcept {
    for (std::size_t begin = 0; begin <= hosts.size();) {
        const auto end = std::min(hosts.find(',', begin), hosts.size());
        if (!is_local(hosts.substr(begin, end - begin))) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

std::string value_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

ErrorCode code_of(std::string_view state) noexcept {
    const auto in = [&](std::string_view begin) { return state.starts_with(begin); };
    if (in("08") || in("57P")) {
        return ErrorCode::network;
    }
    if (in("53") || in("54") || in("58")) {
        return ErrorCode::storage;
    }
    if (in("XX001") || in("XX002")) {
        return ErrorCode::corrupt;
    }
    if (in("55P03") || in("40") || in("57014") || in("25P03")) {
        return ErrorCode::in_use;
    }
    if (in("28") || in("42501")) {
        return ErrorCode::permission;
    }
    if (in("3D") || in("3F") || in("42")) {
        return ErrorCode::configuration;
    }
    return in("22") ? ErrorCode::input : ErrorCode::internal;
}

const char* advice(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::network:
            return "; it is tried again with the next request";
        case ErrorCode::storage:
            return "; nothing of this step was stored. Check the server's disk and its limits";
        case ErrorCode::in_use:
            return "; another process holds the ledger";
        case ErrorCode::permission:
            return "; check user, password file (closed to others) and that the user owns the database";
        default:
            return "";
    }
}

void forget_notice(void*, const PGresult*) {}

}  // namespace

std::string why_no_ledger_url(const std::string& url) {
    const auto parameters = parameters_of(url);
    if (!parameters) {
        return "is no URL of the form postgresql://USER@HOST:PORT/DATABASE?PARAMETER=VALUE&... with parameters of "
               "libpq";
    }
    if (parameters->contains("password")) {
        return "must not hold the password; write it into a file that only the service's account can read (one line "
               "HOST:PORT:DATABASE:USER:PASSWORD) and name that: ?passfile=FILE";
    }
    if (!parameters->contains("dbname")) {
        return "must name the database: postgresql://USER@HOST/DATABASE";
    }
    if (parameters->contains("service")) {
        return "must name the server itself, not a 'service'";
    }
    const bool local = all_local(value_of(*parameters, "host")) && all_local(value_of(*parameters, "hostaddr"));
    if (!local && value_of(*parameters, "sslmode") != "verify-full") {
        return "names a server on another computer: add ?sslmode=verify-full&sslrootcert=FILE, so that nobody can "
               "stand "
               "between";
    }
    return "";
}

PostgresResult::PostgresResult(pg_result* result) : result_(result, &PQclear) {}

bool PostgresResult::has_row() const noexcept {
    return result_ && PQntuples(result_.get()) > 0;
}

std::int64_t PostgresResult::integer(int column) const {
    const std::string_view text(PQgetvalue(result_.get(), 0, column),
                                static_cast<std::size_t>(PQgetlength(result_.get(), 0, column)));
    if (text == "t") {
        return 1;
    }
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string PostgresResult::text(int column) const {
    return {PQgetvalue(result_.get(), 0, column), static_cast<std::size_t>(PQgetlength(result_.get(), 0, column))};
}

bool PostgresResult::is_null(int column) const {
    return PQgetisnull(result_.get(), 0, column) != 0;
}

PostgresConnection::PostgresConnection(const LedgerLocation& location, LedgerAccess access)
    : access_(access), connection_(nullptr, &PQfinish) {
    if (const auto why = why_no_ledger_url(location.url); !why.empty()) {
        throw Error(ErrorCode::configuration, "the ledger's URL " + why);
    }
    auto parameters = parameters_of(location.url).value_or(Parameters());
    for (const char* const name : files_in_url) {
        if (const auto found = parameters.find(name); found != parameters.end()) {
            found->second = (location.folder / found->second).lexically_normal().string();
        }
    }
    for (const auto& [name, value] : defaults) {
        parameters.emplace(name, value);
    }
    where_ = "the ledger (PostgreSQL, database " + clean_text(parameters["dbname"]) + " at " +
             clean_text(parameters["host"]) + ")";
    for (const auto& [name, value] : parameters) {
        names_.push_back(name);
        values_.push_back(value);
    }
}

PostgresConnection::~PostgresConnection() = default;

bool PostgresConnection::connected() const noexcept {
    return connection_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

void PostgresConnection::disconnect() noexcept {
    connection_.reset();
}

bool PostgresConnection::connect() {
    if (connected()) {
        return false;
    }
    const auto now = std::chrono::steady_clock::now;
    if (failure_ && now() < failed_ + pause_after_failure) {
        throw Error(*failure_);
    }
    try {
        connect_anew();
    } catch (const Error& error) {
        connection_.reset();
        failed_ = now();
        failure_ = error;
        throw;
    }
    failure_.reset();
    return true;
}

void PostgresConnection::connect_anew() {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (std::size_t number = 0; number < names_.size(); ++number) {
        names.push_back(names_[number].c_str());
        values.push_back(values_[number].c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectdbParams(names.data(), values.data(), 0));
    if (!connected()) {
        const std::string why = connection_ ? clean_text(PQerrorMessage(connection_.get())) : "no memory";
        refuse(ErrorCode::network, "cannot be reached: " + why);
    }
    set_up();
}

void PostgresConnection::refuse(ErrorCode code, const std::string& what) const {
    throw Error(code, where_ + " " + what);
}

void PostgresConnection::set_up() {
    PQsetNoticeReceiver(connection_.get(), &forget_notice, nullptr);
    const char* const address = PQhostaddr(connection_.get());
    if (PQsslInUse(connection_.get()) == 0 && address != nullptr && !is_local(address)) {
        refuse(ErrorCode::configuration, "is on another computer and does not use TLS; add ?sslmode=verify-full");
    }
    if (PQserverVersion(connection_.get()) < oldest_server) {
        refuse(ErrorCode::configuration, "is older than PostgreSQL 12");
    }
    const auto setting = [&](const char* show) { return execute(show).text(0); };
    if (setting("SHOW fsync") != "on" || setting("SHOW full_page_writes") != "on") {
        refuse(ErrorCode::configuration,
               "runs with fsync or full_page_writes off: a receipt would not be safe there. Set both to on");
    }
    if (setting("SHOW server_encoding") != "UTF8") {
        refuse(ErrorCode::configuration, "does not have the encoding UTF8; make the database with ENCODING 'UTF8'");
    }
    if (setting("SHOW synchronous_commit") == "off") {
        execute("SET synchronous_commit = on");
    }
    // A process that hangs while it writes is let go by the server, so that the others can go on.
    execute(
        "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '10s'; SET statement_timeout = 0; "
        "SET idle_in_transaction_session_timeout = '60s'");
    if (access_ == LedgerAccess::read) {
        execute("SET default_transaction_read_only = on");
    }
}

PostgresResult PostgresConnection::execute(const char* sql) {
    PostgresResult result(PQexec(connection_.get(), sql));
    const auto status = result.get() == nullptr ? PGRES_FATAL_ERROR : PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail(&result);
    }
    return result;
}

bool PostgresConnection::is_end(const PostgresResult& result) noexcept {
    if (result.get() == nullptr) {
        return true;
    }
    if (PQresultStatus(result.get()) != PGRES_FATAL_ERROR) {
        return false;
    }
    const char* const severity = PQresultErrorField(result.get(), PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == nullptr || std::string_view(severity) != "ERROR";
}

void PostgresConnection::fail(const PostgresResult* result) {
    const char* const state =
        result != nullptr && result->get() != nullptr ? PQresultErrorField(result->get(), PG_DIAG_SQLSTATE) : nullptr;
    if (state == nullptr) {
        const auto why = connection_ ? clean_text(PQerrorMessage(connection_.get())) : "not connected";
        disconnect();
        refuse(ErrorCode::network, "does not answer: " + why + advice(ErrorCode::network));
    }
    if (is_end(*result)) {
        disconnect();
    }
    const auto code = code_of(state);
    std::string text = "refuses";
    if (values_in.find(std::string_view(state).substr(0, 2)) == std::string_view::npos) {
        const char* const primary = PQresultErrorField(result->get(), PG_DIAG_MESSAGE_PRIMARY);
        text += ": " + clean_text(primary == nullptr ? "" : primary);
    }
    refuse(code, text + " (SQLSTATE " + state + ")" + advice(code));
}

}  // namespace tributary
