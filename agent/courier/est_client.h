#pragma once

#include <string>
#include <vector>

#include "agent/courier/https_client.h"
#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"

namespace tributary {

/// Gets certificates by EST (RFC 7030). Throws as HttpsClient does.
class EstClient {
  public:
    EstClient(HttpsClientConfiguration configuration, Clock& clock);

    /// Of the authority (cacerts).
    std::vector<Certificate> authority();
    /// simpleenroll; `request` in PEM, the secret of a token for this site.
    Certificate enrol(const std::string& site, const std::string& secret, const std::string& request);
    /// simplereenroll, with the certificate of the configuration.
    Certificate renew(const std::string& request);

  private:
    std::vector<Certificate> exchange(HttpsRequest wish);

    HttpsClient client_;
};

}  // namespace tributary
