// Certificates that sites got here, tokens for the first of them, and revocations.
#include "service/repository/ledger/ledger.h"
#include "service/repository/ledger/ledger_rows.h"

/// A macro for the same reason as LEDGER_SELECT.
#define ISSUED_SELECT                                                                                                \
    "SELECT site, fingerprint, key, pem, issued, expires, EXISTS (SELECT 1 FROM revocations WHERE revocations.site " \
    "= issued_certificates.site AND (revocations.fingerprint = issued_certificates.fingerprint OR "                  \
    "(revocations.fingerprint = '' AND last_issued >= issued_certificates.number))) FROM issued_certificates"

namespace tributary {

namespace {

/// The row of a query that selects site, fingerprint, key, pem, issued, expires, and whether it is revoked.
IssuedCertificate read_issued(const LedgerQuery& row) {
    return {row.text(0),        row.text(1), row.text(2), row.text(3), to_time(row.integer(4)), to_time(row.integer(5)),
            row.integer(6) != 0};
}

}  // namespace

void Ledger::add_token(const LedgerToken& token, TimePoint now) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    database_->query("DELETE FROM enrolment_tokens WHERE expires <= ?1").bind(1, to_milliseconds(now)).run();
    database_->query("INSERT INTO enrolment_tokens (sha256, site, expires) VALUES (?1, ?2, ?3)")
        .bind(1, token.sha256)
        .bind(2, token.site)
        .bind(3, to_milliseconds(token.expires))
        .run();
    transaction.commit();
}

std::optional<LedgerToken> Ledger::token(const std::string& sha256) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query("SELECT site, expires, key FROM enrolment_tokens WHERE sha256 = ?1");
    if (!row.bind(1, sha256).step()) {
        return std::nullopt;
    }
    return LedgerToken{sha256, row.text(0), to_time(row.integer(1)), row.text(2)};
}

IssueRefusal Ledger::insert(const IssuedCertificate& issued) {
    database_
        ->query(
            "INSERT INTO issued_certificates (site, fingerprint, key, pem, issued, expires) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")
        .bind(1, issued.site)
        .bind(2, issued.fingerprint)
        .bind(3, issued.key)
        .bind(4, issued.pem)
        .bind(5, to_milliseconds(issued.issued))
        .bind(6, to_milliseconds(issued.expires))
        .run();
    return database_->changes() == 1 ? IssueRefusal::none : IssueRefusal::key_known;
}

IssueRefusal Ledger::commit(const IssuedCertificate& issued, const LedgerToken& token) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    database_->query("UPDATE enrolment_tokens SET key = ?3 WHERE sha256 = ?1 AND site = ?2 AND key = ''")
        .bind(1, token.sha256)
        .bind(2, issued.site)
        .bind(3, issued.key)
        .run();
    if (database_->changes() != 1) {
        return IssueRefusal::token_used;
    }
    const auto refusal = insert(issued);
    if (refusal == IssueRefusal::none) {
        transaction.commit();
    }
    return refusal;
}

IssueRefusal Ledger::commit(const IssuedCertificate& issued, const Certificate& asking) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    if (revoked(issued.site, asking)) {
        return IssueRefusal::revoked;
    }
    const auto refusal = insert(issued);
    if (refusal == IssueRefusal::none) {
        transaction.commit();
    }
    return refusal;
}

std::optional<IssuedCertificate> Ledger::issued(const std::string& site, const std::string& key) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query(ISSUED_SELECT " WHERE site = ?1 AND key = ?2");
    return row.bind(1, site).bind(2, key).step() ? std::optional(read_issued(row)) : std::nullopt;
}

std::vector<IssuedCertificate> Ledger::issued_certificates(const std::string& site, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<IssuedCertificate> found;
    LedgerQuery row = database_->query(ISSUED_SELECT " WHERE ?1 = '' OR site = ?1 ORDER BY number DESC LIMIT ?2");
    row.bind(1, site).bind(2, std::uint64_t{limit});
    while (row.step()) {
        found.push_back(read_issued(row));
    }
    return found;
}

std::uint64_t Ledger::issued_since(const std::string& site, TimePoint since) {
    const std::lock_guard lock(mutex_);
    LedgerQuery row = database_->query("SELECT count(*) FROM issued_certificates WHERE site = ?1 AND issued >= ?2");
    row.bind(1, site).bind(2, to_milliseconds(since)).step();
    return row.count(0);
}

void Ledger::revoke(const std::string& site, const std::string& fingerprint, const std::string& reason, TimePoint now) {
    const std::lock_guard lock(mutex_);
    LedgerTransaction transaction(*database_);
    database_
        ->query(
            "INSERT INTO revocations (site, fingerprint, last_issued, revoked, reason) "
            "SELECT ?1, ?2, coalesce(max(number), 0), ?3, ?4 FROM issued_certificates")
        .bind(1, site)
        .bind(2, fingerprint)
        .bind(3, to_milliseconds(now))
        .bind(4, reason)
        .run();
    if (fingerprint.empty()) {
        database_->query("DELETE FROM enrolment_tokens WHERE site = ?1").bind(1, site).run();
    }
    transaction.commit();
}

bool Ledger::is_revoked(const std::string& site, const Certificate& certificate) {
    const std::lock_guard lock(mutex_);
    return revoked(site, certificate);
}

bool Ledger::revoked(const std::string& site, const Certificate& certificate) {
    const auto fingerprint = certificate.fingerprint();
    {
        LedgerQuery any = database_->query("SELECT 1 FROM revocations WHERE site = ?1 LIMIT 1");
        if (!any.bind(1, site).step()) {
            return false;
        }
    }
    LedgerQuery row = database_->query(
        "SELECT 1 FROM revocations LEFT JOIN issued_certificates ON issued_certificates.fingerprint = ?2 "
        "WHERE revocations.site = ?1 AND (revocations.fingerprint = ?2 OR (revocations.fingerprint = '' AND "
        "CASE WHEN issued_certificates.number IS NULL THEN revoked >= ?3 ELSE last_issued >= "
        "issued_certificates.number END)) LIMIT 1");
    row.bind(1, site).bind(2, fingerprint).bind(3, to_milliseconds(certificate.not_before()));
    return row.step();
}

}  // namespace tributary
