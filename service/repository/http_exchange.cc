#include "service/repository/http_exchange.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <algorithm>
#include <array>
#include <istream>

namespace tributary {

const Poco::Net::StreamSocket& HttpExchange::socket() const {
    return dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request_).socket();
}

std::optional<Certificate> HttpExchange::client_certificate() const {
    const Poco::Net::SecureStreamSocket secure(socket());
    if (!secure.havePeerCertificate()) {
        return std::nullopt;
    }
    const Poco::Net::X509Certificate certificate = secure.peerCertificate();
    // Poco's own is only borrowed for the moment; from_x509 takes a share.
    return Certificate::from_x509(const_cast<X509*>(certificate.certificate()));
}

std::uint64_t HttpExchange::announced_length() const {
    return request_.hasContentLength() && request_.getContentLength64() > 0
               ? std::min(static_cast<std::uint64_t>(request_.getContentLength64()), largest_body_)
               : 0;
}

std::optional<std::uint64_t> HttpExchange::length(std::uint64_t limit) {
    if (request_.getChunkedTransferEncoding() || !request_.hasContentLength() || request_.getContentLength64() < 0) {
        refuse({411, "Length required", "send a Content-Length"});
        return std::nullopt;
    }
    const auto length = static_cast<std::uint64_t>(request_.getContentLength64());
    if (length > limit) {
        refuse({413, "Too large", "at most " + std::to_string(limit) + " bytes"});
        return std::nullopt;
    }
    return length;
}

Body HttpExchange::read_body(std::uint64_t length) {
    Body body;
    std::array<char, 65536> buffer{};
    std::istream& stream = request_.stream();
    try {
        while (body.bytes.size() < length && stream.good()) {
            const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), length - body.bytes.size());
            stream.read(buffer.data(), static_cast<std::streamsize>(wanted));
            body.bytes.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
        }
    } catch (const Poco::Exception&) {
        // A broken connection; what came is kept.
    }
    body_read_ = true;
    body.whole = body.bytes.size() == length;
    return body;
}

void HttpExchange::refuse(const Problem& problem, bool quietly) {
    if (!quietly) {
        log_.warning("a request was refused",
                     {{"status", problem.status}, {"title", problem.title}, {"detail", problem.detail}});
    }
    if (!body_read_) {
        drain();
    }
    const std::string body = problem_text(problem);
    response_.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(problem.status), problem.title);
    response_.setContentType("application/problem+json");
    response_.sendBuffer(body.data(), body.size());
}

/// A body that was not read would be taken for the next request on the connection, and closing over unread bytes would
/// reset it before the client has read why. So a small rest is read away; over a large one the connection is given up.
void HttpExchange::drain() {
    response_.setKeepAlive(false);
    if (!request_.hasContentLength() || request_.getContentLength64() < 0 ||
        static_cast<std::uint64_t>(request_.getContentLength64()) > largest_body_) {
        return;
    }
    auto left = static_cast<std::uint64_t>(request_.getContentLength64());
    std::array<char, 65536> buffer{};
    std::istream& stream = request_.stream();
    try {
        while (left > 0 && stream.good()) {
            stream.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(buffer.size(), left)));
            left -= static_cast<std::uint64_t>(stream.gcount());
        }
    } catch (const Poco::Exception&) {
        return;
    }
    response_.setKeepAlive(left == 0 && request_.getKeepAlive());
}

}  // namespace tributary
