#include "service/agent/certificate_renewal.h"

#include <cstdint>
#include <string>

#include "agent/courier/est_client.h"
#include "agent/platform/error.h"
#include "service/agent/credential_files.h"
#include "service/agent/repository_connections.h"

namespace tributary {

namespace {

constexpr std::int64_t hours_a_day = 24;
constexpr std::int64_t first_warning = 30;
constexpr std::int64_t second_warning = 14;
constexpr std::int64_t last_warning = 7;

/// The days of the warning that is due with so many left; nothing if none is yet.
std::optional<std::int64_t> threshold(std::int64_t days) {
    if (days < last_warning) {
        return days;  // daily
    }
    for (const auto limit : {last_warning, second_warning, first_warning}) {
        if (days <= limit) {
            return limit;
        }
    }
    return std::nullopt;
}

}  // namespace

TimePoint renewal_due(const Certificate& certificate) {
    return certificate.not_before() + (certificate.not_after() - certificate.not_before()) * 2 / 3;
}

CertificateRenewal::CertificateRenewal(const Installation& installation, FileSystem& files, Clock& clock, Log& log)
    : installation_(installation), files_(files), clock_(clock), log_(log) {}

bool CertificateRenewal::renew_if_due() {
    const auto now = clock_.now();
    const auto& certificate = installation_.credentials()->site.certificate();
    if (installation_.configuration().repository.enrolment.empty() || now < renewal_due(certificate)) {
        return false;
    }
    if (attempted_ && now < *attempted_ + pause && now >= *attempted_) {
        return false;
    }
    attempted_ = now;
    try {
        renew();
        return true;
    } catch (const Error& error) {
        log_.warning("the site's certificate could not be renewed; it is tried again in an hour",
                     {{"expires", to_rfc3339(certificate.not_after())}, {"error", error.what()}});
        return false;
    }
}

void CertificateRenewal::renew() {
    const auto& configuration = installation_.configuration();
    const auto& repository = configuration.repository;
    CredentialFiles credentials(files_, configuration.site, repository);
    HttpsClientConfiguration est;
    est.url = repository.enrolment;
    est.identity = {repository.authority, repository.certificate, repository.private_key};
    est.timeouts = {repository.connect_timeout, repository.answer_timeout};
    est.proxy = proxy_to(repository.enrolment, repository, installation_.proxy_password());
    const auto key = credentials.next_key();
    const auto certificate = EstClient(est, clock_).renew(key.certificate_request(configuration.site, ""));
    credentials.install(certificate, clock_.now());
    log_.info("the site's certificate is renewed", {{"certificate", certificate.fingerprint()},
                                                    {"expires", to_rfc3339(certificate.not_after())},
                                                    {"next", to_rfc3339(renewal_due(certificate))}});
}

void CertificateRenewal::warn_of_expiry() {
    const auto now = clock_.now();
    const auto& credentials = *installation_.credentials();
    warn_of_expiry("certificate", credentials.site.certificate(), now);
    warn_of_expiry("encryption_certificate", credentials.encryption, now);
    warn_of_expiry("signing_certificate", credentials.signing.present(), now);
}

void CertificateRenewal::warn_of_expiry(const std::string& name, const Certificate& certificate, TimePoint now) {
    const auto left = certificate.not_after() - now;
    const auto days = std::chrono::floor<std::chrono::hours>(left).count() / hours_a_day;
    const auto due = threshold(days);
    const auto key = name + certificate.fingerprint();
    if (!due) {
        warned_.erase(key);
        return;
    }
    if (const auto last = warned_.find(key); last != warned_.end() && last->second == *due) {
        return;
    }
    warned_[key] = *due;
    const LogLevel level = days < second_warning ? LogLevel::error : LogLevel::warning;
    log_.write(level,
               left > std::chrono::milliseconds(0) ? "a certificate expires soon; after that nothing is delivered"
                                                   : "a certificate has expired; nothing is delivered",
               {{"which", name}, {"days", days}, {"expires", to_rfc3339(certificate.not_after())}});
}

}  // namespace tributary
