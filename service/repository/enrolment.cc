#include "service/repository/enrolment.h"

#include <algorithm>
#include <optional>

#include "agent/keys/digest.h"
#include "agent/keys/est_message.h"
#include "agent/keys/public_key.h"
#include "agent/platform/error.h"
#include "service/repository/service_keys.h"

namespace tributary {
namespace {

/// The site's clock may be behind.
constexpr auto leeway = std::chrono::minutes(5);
constexpr auto day = std::chrono::hours(24);

Problem not_authorised() {
    return {401, "Not authorised",
            "the token is not valid for this site: it was used, has expired, or was never made; the repository makes "
            "another with 'tributary-repository token SITE'"};
}

Problem revoked(const std::string& site) {
    return {403, "Revoked", "the certificate of site " + site + " is revoked"};
}

Problem fresh_key_wanted() {
    return {400, "Key used before", "each certificate is for a key of its own; make a new one"};
}

std::variant<CertificateRequest, Problem> read_request(std::string_view text) {
    try {
        return read_est_request(text);
    } catch (const Error& error) {
        return Problem{400, "Malformed request", error.what()};
    }
}

std::string key_of(const CertificateRequest& request) {
    return PublicKey::of(request).fingerprint();
}

}  // namespace

Enrolment::Enrolment(Ledger& ledger, CertificateIssuer issuer, std::vector<Certificate> authority,
                     std::chrono::hours lifetime, Clock& clock, Log& log)
    : ledger_(ledger),
      issuer_(std::move(issuer)),
      authority_(std::move(authority)),
      lifetime_(lifetime),
      clock_(clock),
      log_(log) {
    const auto own = issuer_.certificate().fingerprint();
    if (std::none_of(authority_.begin(), authority_.end(),
                     [&](const Certificate& certificate) { return certificate.fingerprint() == own; })) {
        throw Error(ErrorCode::configuration,
                    "the enrolment's certificate is not in the file that 'authority' names, and nobody would believe "
                    "what it issues; add it there");
    }
}

IssuedCertificate Enrolment::made(const CertificateRequest& request, const std::string& site,
                                  Certificate& certificate) const {
    const auto now = clock_.now();
    certificate = issuer_.issue(request, site, now - leeway, now + lifetime_);
    return {site, certificate.fingerprint(), key_of(request), certificate.to_pem(), now, certificate.not_after()};
}

/// For the same key, if it was: an answer gets lost.
std::optional<Enrolment::Answer> Enrolment::given_before(const std::string& site, const CertificateRequest& request) {
    const auto issued = ledger_.issued(site, key_of(request));
    if (!issued) {
        return std::nullopt;
    }
    if (issued->revoked) {
        return revoked(site);
    }
    if (issued->expires <= clock_.now()) {
        return fresh_key_wanted();
    }
    return Certificate::from_pem(issued->pem, "the ledger");
}

bool Enrolment::too_many(const std::string& site) {
    return ledger_.issued_since(site, clock_.now() - day) >= most_a_day;
}

Enrolment::Answer Enrolment::enrol(const std::string& site, std::string_view secret, std::string_view text) {
    const auto token = ledger_.token(to_hex(sha256(secret)));
    if (!token || token->site != site || token->expires <= clock_.now()) {
        return not_authorised();
    }
    auto read = read_request(text);
    if (const auto* problem = std::get_if<Problem>(&read)) {
        return *problem;
    }
    const auto& request = std::get<CertificateRequest>(read);
    if (!token->key.empty()) {
        if (token->key != key_of(request)) {
            return not_authorised();
        }
        if (auto answer = given_before(site, request)) {
            return *std::move(answer);
        }
    }
    Certificate certificate = issuer_.certificate();
    const auto issued = made(request, site, certificate);
    switch (ledger_.commit(issued, *token)) {
        case IssueRefusal::none:
            break;
        case IssueRefusal::key_known:
            return fresh_key_wanted();
        case IssueRefusal::token_used:
            if (const auto used = ledger_.token(token->sha256); used && used->key == issued.key) {
                if (auto answer = given_before(site, request)) {  // the same request came twice at once
                    return *std::move(answer);
                }
            }
            return not_authorised();
        case IssueRefusal::revoked:
            return not_authorised();
    }
    log_.info("a site is enrolled",
              {{"site", site}, {"certificate", issued.fingerprint}, {"expires", to_rfc3339(issued.expires)}});
    return certificate;
}

Enrolment::Answer Enrolment::renew(const Peer& peer, std::string_view text) {
    if (ledger_.is_revoked(peer.site, peer.certificate)) {
        return revoked(peer.site);
    }
    auto read = read_request(text);
    if (const auto* problem = std::get_if<Problem>(&read)) {
        return *problem;
    }
    const auto& request = std::get<CertificateRequest>(read);
    if (key_of(request) == PublicKey::of(peer.certificate).fingerprint()) {
        return fresh_key_wanted();
    }
    if (auto answer = given_before(peer.site, request)) {
        return *std::move(answer);
    }
    if (too_many(peer.site)) {
        return Problem{429, "Too many certificates",
                       "the site got " + std::to_string(most_a_day) + " certificates within a day"};
    }
    Certificate certificate = issuer_.certificate();
    const auto issued = made(request, peer.site, certificate);
    switch (ledger_.commit(issued, peer.certificate)) {
        case IssueRefusal::none:
            break;
        case IssueRefusal::revoked:
            return revoked(peer.site);
        case IssueRefusal::key_known:
            if (auto answer = given_before(peer.site, request)) {  // the same request came twice at once
                return *std::move(answer);
            }
            return fresh_key_wanted();
        case IssueRefusal::token_used:
            return fresh_key_wanted();
    }
    log_.info("a site's certificate is renewed",
              {{"site", peer.site}, {"certificate", issued.fingerprint}, {"expires", to_rfc3339(issued.expires)}});
    return certificate;
}

CertificateIssuer load_issuer(FileSystem& files, const ServiceConfiguration& configuration) {
    if (!configuration.enrolment) {
        throw Error(ErrorCode::configuration,
                    "the configuration has no 'enrolment', without which no certificates are given away here");
    }
    KeyPair pair = load_pair(files, configuration.enrolment->certificate, configuration.enrolment->private_key);
    return {std::move(pair.certificate), std::move(pair.key)};
}

}  // namespace tributary
