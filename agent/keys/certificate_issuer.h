#pragma once

#include <string>

#include "agent/keys/certificate.h"
#include "agent/keys/certificate_request.h"
#include "agent/platform/clock.h"

namespace tributary {

/// A certificate authority's certificate and key, which make the certificates of sites. Immutable; may be shared
/// between threads.
class CertificateIssuer {
  public:
    /// Throws Error(key) if the certificate is not one of an authority, or the key not its own.
    CertificateIssuer(Certificate certificate, PrivateKey key);

    const Certificate& certificate() const noexcept { return certificate_; }

    /// A certificate (RFC 5280) for the key of the request; of what else the request says nothing is taken over. Its
    /// common name is `site`; its key signs, takes part in key agreements, and is a TLS client's. It ends with the
    /// issuer's own at the latest.
    Certificate issue(const CertificateRequest& request, const std::string& site, TimePoint not_before,
                      TimePoint not_after) const;

  private:
    Certificate certificate_;
    PrivateKey key_;
};

}  // namespace tributary
