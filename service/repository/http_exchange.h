#pragma once

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <optional>
#include <string>

#include "agent/keys/certificate.h"
#include "agent/telemetry/log.h"
#include "service/repository/problem.h"

namespace tributary {

struct Body {
    std::string bytes;
    bool whole = true;  ///< false: the connection broke before the announced length
};

/// A request over TLS and its answer: bounded bodies, and refusals that leave the connection usable. One thread.
class HttpExchange {
  public:
    /// Bodies beyond `largest_body` are not read, not even to be thrown away.
    HttpExchange(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response,
                 std::uint64_t largest_body, Log& log)
        : request_(request), response_(response), largest_body_(largest_body), log_(log) {}

    Poco::Net::HTTPServerRequest& request() noexcept { return request_; }
    Poco::Net::HTTPServerResponse& response() noexcept { return response_; }
    const Poco::Net::StreamSocket& socket() const;
    /// That the client has shown; nothing if it has shown none.
    std::optional<Certificate> client_certificate() const;

    /// Of the body, as the request says, 0 if it does not; at most `largest_body`.
    std::uint64_t announced_length() const;
    /// The declared length, or nothing when the request was refused for it.
    std::optional<std::uint64_t> length(std::uint64_t limit);
    Body read_body(std::uint64_t length);
    /// `quietly`: of no interest to an administrator.
    void refuse(const Problem& problem, bool quietly = false);

  private:
    void drain();

    Poco::Net::HTTPServerRequest& request_;
    Poco::Net::HTTPServerResponse& response_;
    std::uint64_t largest_body_;
    Log& log_;
    bool body_read_ = false;
};

}  // namespace tributary
