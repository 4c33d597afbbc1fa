#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/HTTPSClientSession.h>

#include <chrono>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "agent/platform/clock.h"

namespace tributary {

/// An HTTP proxy through which the connection is made (CONNECT, RFC 9110, 9.3.6); TLS goes through to the repository.
struct ProxyConfiguration {
    std::string host;
    std::uint16_t port = 0;
    std::string user;  ///< Basic authentication (RFC 7617), if not empty
    std::string password;
};

/// Whom we speak to, and through whom.
struct HttpsPeer {
    std::string host;
    std::uint16_t port = 0;
    std::optional<ProxyConfiguration> proxy;
};

struct HttpsTimeouts {
    std::chrono::seconds connect{10};
    std::chrono::seconds answer{60};
};

/// Throws Error(configuration) unless the URL has the form https://host[:port].
HttpsPeer read_url(const std::string& url, const std::optional<ProxyConfiguration>& proxy);

/// The session's time-outs and proxy.
void set_up(Poco::Net::HTTPSClientSession& session, const HttpsPeer& peer, const HttpsTimeouts& timeouts);

/// All of the stream, at most 256 KiB, within `timeout`; each wait for bytes has its own time-out, but a byte now and
/// then would keep us for days. Throws Error(network).
void read_bounded(std::istream& stream, std::string& into, const Clock& clock, std::chrono::seconds timeout,
                  const std::string& host);

/// Throws what it was: Error(key) for what somebody must put right, Error(network) for a connection that broke.
/// `verify_failure` as make_client_context() left it.
[[noreturn]] void explain(const Poco::Exception& fault, int verify_failure, const HttpsPeer& peer);

}  // namespace tributary
