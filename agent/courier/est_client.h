#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/courier/client_context.h"
#include "agent/courier/https_peer.h"
#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"

namespace tributary {

struct EstClientConfiguration {
    std::string url;  ///< https://host[:port]
    ClientIdentity identity;
    HttpsTimeouts timeouts{};
    std::optional<ProxyConfiguration> proxy{};
};

/// Gets certificates by EST (RFC 7030), a connection for each request. Throws Error(network) if nothing came of it and
/// it may be tried again, Error(refused) with the repository's reason if it said no, Error(key) for TLS that somebody
/// must put right.
class EstClient {
  public:
    /// Throws Error(configuration), Error(key).
    EstClient(EstClientConfiguration configuration, Clock& clock);

    /// Of the authority (cacerts).
    std::vector<Certificate> authority();
    /// simpleenroll; `request` in PEM, the secret of a token for this site.
    Certificate enrol(const std::string& site, const std::string& secret, const std::string& request);
    /// simplereenroll, with the certificate of the configuration.
    Certificate renew(const std::string& request);

  private:
    struct Request {
        std::string method;
        std::string operation;
        std::string body{};
        std::string user{};
        std::string password{};
    };
    std::vector<Certificate> exchange(const Request& wish);
    std::string attempt(const Request& wish);

    EstClientConfiguration configuration_;
    Clock& clock_;
    HttpsPeer peer_;
};

}  // namespace tributary
