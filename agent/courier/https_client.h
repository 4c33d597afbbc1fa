#pragma once

#include <optional>
#include <string>

#include "agent/courier/client_context.h"
#include "agent/courier/https_peer.h"
#include "agent/platform/clock.h"

namespace tributary {

struct HttpsClientConfiguration {
    std::string url;  ///< https://host[:port]
    ClientIdentity identity;
    HttpsTimeouts timeouts{};
    std::optional<ProxyConfiguration> proxy{};
};

struct HttpsRequest {
    std::string method;
    std::string target;  ///< path and query
    std::string content_type{};
    std::string body{};
    std::string user{};  ///< Basic authentication (RFC 7617), if not empty
    std::string password{};
};

/// Small requests now and then, a connection for each. One thread at a time.
class HttpsClient {
  public:
    /// Throws Error(configuration), Error(key).
    HttpsClient(HttpsClientConfiguration configuration, Clock& clock);

    const std::string& host() const noexcept { return peer_.host; }
    /// The body of an answer with status 200, 256 KiB at most. Throws Error(network) if nothing came of it and it may
    /// be tried again, Error(refused) with the repository's reason if it said no, Error(key) for TLS that somebody must
    /// put right.
    std::string exchange(const HttpsRequest& wish);

  private:
    HttpsClientConfiguration configuration_;
    Clock& clock_;
    HttpsPeer peer_;
};

}  // namespace tributary
