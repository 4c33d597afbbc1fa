#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/keys/certificate_issuer.h"
#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"
#include "service/repository/intake_result.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/problem.h"
#include "service/repository/service_configuration.h"

namespace tributary {

/// The small authority of EST (RFC 7030): gives sites their certificates. Each is in the ledger before it is given
/// away, and what is asked for again with the same key is answered with the same certificate, as an answer may be lost.
/// Thread-safe. Throws Error(storage).
class Enrolment {
  public:
    /// A site renews a few times a year; more than this in a day is a mistake, or somebody else.
    static constexpr std::uint64_t most_a_day = 20;

    /// `authority`: whose certificates the repository believes; the issuer is one of them. Throws Error(configuration)
    /// otherwise.
    Enrolment(Ledger& ledger, CertificateIssuer issuer, std::vector<Certificate> authority, std::chrono::hours lifetime,
              Clock& clock, Log& log);

    using Answer = std::variant<Certificate, Problem>;

    const std::vector<Certificate>& authority() const noexcept { return authority_; }
    /// The first certificate of a site, for the secret of a token that was made for it. `request`: as EST sends it.
    Answer enrol(const std::string& site, std::string_view secret, std::string_view request);
    /// The next one, for the certificate that it has shown.
    Answer renew(const Peer& peer, std::string_view request);

  private:
    IssuedCertificate made(const CertificateRequest& request, const std::string& site, Certificate& certificate) const;
    std::optional<Answer> given_before(const std::string& site, const CertificateRequest& request);
    bool too_many(const std::string& site);

    Ledger& ledger_;
    CertificateIssuer issuer_;
    std::vector<Certificate> authority_;
    std::chrono::hours lifetime_;
    Clock& clock_;
    Log& log_;
};

/// As the configuration says. Throws Error(key), Error(configuration).
CertificateIssuer load_issuer(FileSystem& files, const ServiceConfiguration& configuration);

}  // namespace tributary
