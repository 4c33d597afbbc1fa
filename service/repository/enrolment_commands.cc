// Tokens for sites that enrol, what they got, and shutting them out.
#include <algorithm>
#include <iomanip>
#include <iostream>

#include "agent/keys/digest.h"
#include "agent/keys/enrolment_token.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "service/repository/commands.h"
#include "service/repository/enrolment.h"

namespace tributary {
namespace {

constexpr std::size_t shown_certificates = 1000;
constexpr std::chrono::hours token_lifetime{24 * 7};

void check_site(const std::string& site) {
    if (!is_site(site)) {
        throw Error(ErrorCode::input, "a site is its ODS code: 2 to 12 capital letters and digits");
    }
}

}  // namespace

int make_token(const std::filesystem::path& configuration, const std::string& site) {
    check_site(site);
    const ServiceConfiguration settings = load_service_configuration(configuration);
    const CertificateIssuer issuer = load_issuer(system_files(), settings);
    Ledger ledger(settings.ledger, LedgerAccess::write);
    const auto token = EnrolmentToken::create(site, issuer.certificate().fingerprint());
    const TimePoint now = system_clock().now();
    const TimePoint expires = now + token_lifetime;
    ledger.add_token({to_hex(sha256(token.secret)), site, expires, ""}, now);
    std::cout << token.text() << '\n';
    std::cerr << "For site " << site << ", once, until " << to_rfc3339(expires)
              << ". Whoever has it becomes the site: give it to the site's administrator by a way that nobody else "
                 "reads. It is used with 'tributary enrol'.\n";
    return 0;
}

int revoke_certificates(const std::filesystem::path& configuration, const std::string& site,
                        const std::string& fingerprint, const std::string& reason) {
    check_site(site);
    if (reason.empty()) {
        throw Error(ErrorCode::input, "a reason is needed: --reason TEXT");
    }
    if (!fingerprint.empty() && !is_hex(fingerprint, sizeof(Sha256Digest))) {
        throw Error(ErrorCode::input,
                    "a certificate is named by its SHA-256 fingerprint, 64 hexadecimal digits in lower case; see "
                    "tributary-repository certificates");
    }
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::write);
    ledger.revoke(site, fingerprint, reason, system_clock().now());
    std::cout << (fingerprint.empty() ? "Every certificate that site " + site +
                                            " has up to now is revoked, and its "
                                            "tokens are void. It comes back with a new token, or a new certificate."
                                      : "This certificate of site " + site + " is revoked.")
              << '\n';
    const auto totals = ledger.totals();
    if (ledger.issued_certificates(site, 1).empty() &&
        std::none_of(totals.begin(), totals.end(), [&](const StreamTotals& stream) { return stream.site == site; })) {
        std::cout << "Note: nothing has come from site " << site
                  << " and no certificate was given to it here; is the code right?\n";
    }
    return 0;
}

int show_certificates(const std::filesystem::path& configuration) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::read);
    const auto certificates = ledger.issued_certificates("", shown_certificates);
    if (certificates.empty()) {
        std::cout << "no certificate was given away here\n";
        return 0;
    }
    std::cout << std::left << std::setw(14) << "site" << std::setw(26) << "issued" << std::setw(26) << "expires"
              << std::setw(10) << "state"
              << "fingerprint\n";
    const TimePoint now = system_clock().now();
    for (const auto& certificate : certificates) {
        std::cout << std::left << std::setw(14) << clean_text(certificate.site) << std::setw(26)
                  << to_rfc3339(certificate.issued) << std::setw(26) << to_rfc3339(certificate.expires) << std::setw(10)
                  << (certificate.revoked          ? "revoked"
                      : certificate.expires <= now ? "expired"
                                                   : "valid")
                  << clean_text(certificate.fingerprint) << '\n';
    }
    return 0;
}

}  // namespace tributary
