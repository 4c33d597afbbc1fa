#include "service/repository/site_request_handler.h"

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <algorithm>
#include <array>
#include <istream>

#include "agent/platform/error.h"
#include "service/repository/problem.h"
#include "service/repository/request_line.h"

namespace tributary {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

constexpr std::uint64_t largest_manifest = 256U << 10U;
constexpr int retry_after_seconds = 30;
constexpr int retry_after_quota_seconds = 900;

struct Body {
    std::string bytes;
    bool whole = true;  ///< false: the connection broke before the announced length
};

class SiteRequestHandler : public Poco::Net::HTTPRequestHandler {
  public:
    SiteRequestHandler(Intake& intake, RunIntake& runs, OpenConnections& connections, Metrics& metrics,
                       std::uint64_t largest_body, Log& log)
        : intake_(intake),
          runs_(runs),
          connections_(connections),
          metrics_(metrics),
          largest_body_(largest_body),
          log_(log) {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
        try {
            serve(request, response);
        } catch (const Error& error) {
            log_.error("a request failed", {{"error", error.what()}});
            response.set("Retry-After", std::to_string(retry_after_seconds));
            refuse(request, response,
                   {error.code() == ErrorCode::internal ? 500 : 503, "Not now",
                    "the repository could not store it; nothing is acknowledged"});
        }
        metrics_.answered(response.getStatus());
    }

  private:
    void serve(HTTPServerRequest& request, HTTPServerResponse& response);
    void take_manifest(const Peer& peer, const Resource& resource, HTTPServerRequest& request,
                       HTTPServerResponse& response);
    void append(const Peer& peer, const Resource& chunk, HTTPServerRequest& request, HTTPServerResponse& response);
    static Peer peer_of(HTTPServerRequest& request);
    std::optional<std::uint64_t> length_of(HTTPServerRequest& request, HTTPServerResponse& response,
                                           std::uint64_t limit);
    Body read_body(HTTPServerRequest& request, std::uint64_t length);
    void answer(const IntakeResult& result, HTTPServerRequest& request, HTTPServerResponse& response);
    void refuse(HTTPServerRequest& request, HTTPServerResponse& response, const Problem& problem);
    void drain(HTTPServerRequest& request, HTTPServerResponse& response);

    Intake& intake_;
    RunIntake& runs_;
    OpenConnections& connections_;
    Metrics& metrics_;
    std::uint64_t largest_body_;
    Log& log_;
    bool body_read_ = false;
};

Peer SiteRequestHandler::peer_of(HTTPServerRequest& request) {
    auto& connection = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request);
    const Poco::Net::SecureStreamSocket socket(connection.socket());
    const Poco::Net::X509Certificate certificate = socket.peerCertificate();
    // Poco's own is only borrowed for the moment; from_x509 takes a share.
    Certificate shared = Certificate::from_x509(const_cast<X509*>(certificate.certificate()));
    std::string name = shared.common_name();
    return {std::move(name), std::move(shared)};
}

void SiteRequestHandler::serve(HTTPServerRequest& request, HTTPServerResponse& response) {
    const Peer peer = peer_of(request);
    if (!is_site(peer.site)) {
        refuse(request, response,
               {403, "No site", "the common name of the client certificate is not the code of a site"});
        return;
    }
    const std::uint64_t announced = request.hasContentLength() && request.getContentLength64() > 0
                                        ? static_cast<std::uint64_t>(request.getContentLength64())
                                        : 0;
    const OpenConnections::Request served(connections_,
                                          dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket(), peer.site,
                                          std::min(announced, largest_body_));
    if (!served.admitted()) {
        response.set("Retry-After", std::to_string(retry_after_seconds));
        refuse(request, response, {429, "Too many connections", "the site has as many as it may have already"});
        response.setKeepAlive(false);
        return;
    }
    const std::optional<Resource> resource = read_path(request.getURI());
    if (!resource) {
        refuse(request, response,
               {400, "No such resource",
                "paths have the form /v1/sites/{site}/chunks/{id} or /v1/sites/{site}/runs/{id}"});
        return;
    }
    const bool of_chunk = resource->kind == Resource::Kind::chunk;
    if (request.getMethod() == "PUT") {
        take_manifest(peer, *resource, request, response);
    } else if (request.getMethod() == "PATCH" && of_chunk) {
        append(peer, *resource, request, response);
    } else {
        response.set("Allow", of_chunk ? "PUT, PATCH" : "PUT");
        refuse(request, response,
               {405, "Method not allowed",
                of_chunk ? "PUT announces a chunk, PATCH sends it" : "PUT takes the manifest of a run"});
    }
}

/// The declared length, or nothing when the request was refused for it.
std::optional<std::uint64_t> SiteRequestHandler::length_of(HTTPServerRequest& request, HTTPServerResponse& response,
                                                           std::uint64_t limit) {
    if (request.getChunkedTransferEncoding() || !request.hasContentLength() || request.getContentLength64() < 0) {
        refuse(request, response, {411, "Length required", "send a Content-Length"});
        return std::nullopt;
    }
    const auto length = static_cast<std::uint64_t>(request.getContentLength64());
    if (length > limit) {
        refuse(request, response, {413, "Too large", "at most " + std::to_string(limit) + " bytes"});
        return std::nullopt;
    }
    return length;
}

Body SiteRequestHandler::read_body(HTTPServerRequest& request, std::uint64_t length) {
    Body body;
    std::array<char, 65536> buffer{};
    std::istream& stream = request.stream();
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

void SiteRequestHandler::take_manifest(const Peer& peer, const Resource& resource, HTTPServerRequest& request,
                                       HTTPServerResponse& response) {
    const std::optional<std::uint64_t> length = length_of(request, response, largest_manifest);
    if (!length) {
        return;
    }
    if (request.getContentType() != "application/jose") {
        refuse(request, response, {400, "Malformed request", "a manifest is sent as application/jose"});
        return;
    }
    const Body body = read_body(request, *length);
    if (!body.whole) {
        response.setKeepAlive(false);
        return;
    }
    answer(resource.kind == Resource::Kind::run ? runs_.close(peer, resource.site, resource.id, body.bytes)
                                                : intake_.announce(peer, resource.site, resource.id, body.bytes),
           request, response);
}

void SiteRequestHandler::append(const Peer& peer, const Resource& chunk, HTTPServerRequest& request,
                                HTTPServerResponse& response) {
    const std::optional<std::uint64_t> length = length_of(request, response, largest_body_);
    if (!length) {
        return;
    }
    const std::optional<std::uint64_t> offset = read_offset(request.get("Upload-Offset", ""));
    const std::optional<bool> complete = read_structured_boolean(request.get("Upload-Complete", ""));
    if (request.getContentType() != "application/partial-upload" || !offset || !complete) {
        refuse(request, response,
               {400, "Malformed request",
                "PATCH needs Content-Type application/partial-upload, Upload-Offset and Upload-Complete"});
        return;
    }
    if (const auto refused = intake_.check(peer, chunk.site, chunk.id, *offset, *length, *complete)) {
        answer(*refused, request, response);
        return;
    }
    const Body body = read_body(request, *length);
    const IntakeResult result = intake_.append(peer, chunk.site, chunk.id, *offset, body.bytes);
    if (!body.whole) {
        response.setKeepAlive(false);  // nobody is there to answer; the bytes are kept
        return;
    }
    answer(result, request, response);
}

void SiteRequestHandler::answer(const IntakeResult& result, HTTPServerRequest& request, HTTPServerResponse& response) {
    using Kind = IntakeResult::Kind;
    if (result.kind == Kind::receipt) {
        response.setContentType("application/jose");
        response.sendBuffer(result.receipt.data(), result.receipt.size());
        return;
    }
    if (result.kind == Kind::partial || result.kind == Kind::offset_mismatch) {
        response.set("Upload-Offset", std::to_string(result.held));
        response.set("Upload-Complete", "?0");
    }
    if (result.kind == Kind::partial) {
        response.setStatusAndReason(Poco::Net::HTTPResponse::HTTP_ACCEPTED);
        response.sendBuffer("", 0);
        return;
    }
    if (result.kind == Kind::over_quota) {
        response.set("Retry-After", std::to_string(retry_after_quota_seconds));
    }
    refuse(request, response, problem_of(result));
}

void SiteRequestHandler::refuse(HTTPServerRequest& request, HTTPServerResponse& response, const Problem& problem) {
    if (problem.status != 409 && problem.status != 404) {
        log_.warning("a request was refused",
                     {{"status", problem.status}, {"title", problem.title}, {"detail", problem.detail}});
    }
    if (!body_read_) {
        drain(request, response);
    }
    const std::string body = problem_text(problem);
    response.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(problem.status), problem.title);
    response.setContentType("application/problem+json");
    response.sendBuffer(body.data(), body.size());
}

/// A body that was not read would be taken for the next request on the connection, and closing over unread bytes would
/// reset it before the client has read why. So a small rest is read away; over a large one the connection is given up.
void SiteRequestHandler::drain(HTTPServerRequest& request, HTTPServerResponse& response) {
    response.setKeepAlive(false);
    if (!request.hasContentLength() || request.getContentLength64() < 0 ||
        static_cast<std::uint64_t>(request.getContentLength64()) > largest_body_) {
        return;
    }
    auto left = static_cast<std::uint64_t>(request.getContentLength64());
    std::array<char, 65536> buffer{};
    std::istream& stream = request.stream();
    try {
        while (left > 0 && stream.good()) {
            stream.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(buffer.size(), left)));
            left -= static_cast<std::uint64_t>(stream.gcount());
        }
    } catch (const Poco::Exception&) {
        return;
    }
    response.setKeepAlive(left == 0 && request.getKeepAlive());
}

}  // namespace

Poco::Net::HTTPRequestHandler* SiteRequestHandlerFactory::createRequestHandler(const HTTPServerRequest&) {
    return new SiteRequestHandler(intake_, runs_, connections_, metrics_, largest_body_, log_);
}

}  // namespace tributary
