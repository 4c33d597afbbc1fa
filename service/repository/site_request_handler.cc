#include "service/repository/site_request_handler.h"

#include "agent/platform/error.h"
#include "service/repository/http_exchange.h"
#include "service/repository/request_line.h"

namespace tributary {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

constexpr std::uint64_t largest_manifest = 256U << 10U;
constexpr int retry_after_seconds = 30;
constexpr int retry_after_quota_seconds = 900;

class SiteRequestHandler : public Poco::Net::HTTPRequestHandler {
  public:
    SiteRequestHandler(SiteServices& services, std::uint64_t largest_body, Log& log)
        : services_(services), largest_body_(largest_body), log_(log) {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
        HttpExchange exchange(request, response, largest_body_, log_);
        try {
            serve(exchange);
        } catch (const Error& error) {
            log_.error("a request failed", {{"error", error.what()}});
            response.set("Retry-After", std::to_string(retry_after_seconds));
            exchange.refuse({error.code() == ErrorCode::internal ? 500 : 503, "Not now",
                             "the repository could not store it; nothing is acknowledged"});
        }
        services_.metrics.answered(response.getStatus());
    }

  private:
    void serve(HttpExchange& exchange);
    void tell_certificates(const std::string& challenge, HttpExchange& exchange);
    void take_manifest(const Peer& peer, const Resource& resource, HttpExchange& exchange);
    void append(const Peer& peer, const Resource& chunk, HttpExchange& exchange);
    static void answer(const IntakeResult& result, HttpExchange& exchange);

    SiteServices& services_;
    std::uint64_t largest_body_;
    Log& log_;
};

void SiteRequestHandler::serve(HttpExchange& exchange) {
    auto certificate = exchange.client_certificate();
    if (!certificate || !is_site(certificate->common_name())) {
        exchange.refuse({403, "No site", "the common name of the client certificate is not the code of a site"});
        return;
    }
    const Peer peer{certificate->common_name(), *certificate};
    const OpenConnections::Request served(services_.connections, exchange.socket(), peer.site,
                                          exchange.announced_length());
    if (!served.admitted()) {
        exchange.response().set("Retry-After", std::to_string(retry_after_seconds));
        exchange.refuse({429, "Too many connections", "the site has as many as it may have already"});
        exchange.response().setKeepAlive(false);
        return;
    }
    if (services_.ledger.is_revoked(peer.site, peer.certificate)) {
        exchange.refuse({403, "Revoked", "the certificate of site " + peer.site + " is revoked"});
        return;
    }
    const std::optional<Resource> resource = read_path(exchange.request().getURI());
    if (!resource) {
        exchange.refuse({400, "No such resource",
                         "paths have the form /v1/sites/{site}/chunks/{id}, /v1/sites/{site}/runs/{id} or "
                         "/v1/certificates/{challenge}"});
        return;
    }
    if (resource->kind == Resource::Kind::certificates) {
        tell_certificates(resource->id, exchange);
        return;
    }
    const bool of_chunk = resource->kind == Resource::Kind::chunk;
    if (exchange.request().getMethod() == "PUT") {
        take_manifest(peer, *resource, exchange);
    } else if (exchange.request().getMethod() == "PATCH" && of_chunk) {
        append(peer, *resource, exchange);
    } else {
        exchange.response().set("Allow", of_chunk ? "PUT, PATCH" : "PUT");
        exchange.refuse({405, "Method not allowed",
                         of_chunk ? "PUT announces a chunk, PATCH sends it" : "PUT takes the manifest of a run"});
    }
}

void SiteRequestHandler::tell_certificates(const std::string& challenge, HttpExchange& exchange) {
    if (exchange.request().getMethod() != "GET") {
        exchange.response().set("Allow", "GET");
        exchange.refuse({405, "Method not allowed", "GET tells which certificates the repository uses"});
        return;
    }
    const std::string body = services_.certificates.to(challenge);
    exchange.response().setContentType("application/json");
    exchange.response().set("Cache-Control", "no-store");
    exchange.response().sendBuffer(body.data(), body.size());
}

void SiteRequestHandler::take_manifest(const Peer& peer, const Resource& resource, HttpExchange& exchange) {
    const std::optional<std::uint64_t> length = exchange.length(largest_manifest);
    if (!length) {
        return;
    }
    if (exchange.request().getContentType() != "application/jose") {
        exchange.refuse({400, "Malformed request", "a manifest is sent as application/jose"});
        return;
    }
    const Body body = exchange.read_body(*length);
    if (!body.whole) {
        exchange.response().setKeepAlive(false);
        return;
    }
    answer(resource.kind == Resource::Kind::run
               ? services_.runs.close(peer, resource.site, resource.id, body.bytes)
               : services_.intake.announce(peer, resource.site, resource.id, body.bytes),
           exchange);
}

void SiteRequestHandler::append(const Peer& peer, const Resource& chunk, HttpExchange& exchange) {
    const std::optional<std::uint64_t> length = exchange.length(largest_body_);
    if (!length) {
        return;
    }
    const HTTPServerRequest& request = exchange.request();
    const std::optional<std::uint64_t> offset = read_offset(request.get("Upload-Offset", ""));
    const std::optional<bool> complete = read_structured_boolean(request.get("Upload-Complete", ""));
    if (request.getContentType() != "application/partial-upload" || !offset || !complete) {
        exchange.refuse({400, "Malformed request",
                         "PATCH needs Content-Type application/partial-upload, Upload-Offset and Upload-Complete"});
        return;
    }
    if (const auto refused = services_.intake.check(peer, chunk.site, chunk.id, *offset, *length, *complete)) {
        answer(*refused, exchange);
        return;
    }
    const Body body = exchange.read_body(*length);
    const IntakeResult result = services_.intake.append(peer, chunk.site, chunk.id, *offset, body.bytes);
    if (!body.whole) {
        exchange.response().setKeepAlive(false);  // nobody is there to answer; the bytes are kept
        return;
    }
    answer(result, exchange);
}

void SiteRequestHandler::answer(const IntakeResult& result, HttpExchange& exchange) {
    using Kind = IntakeResult::Kind;
    HTTPServerResponse& response = exchange.response();
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
    const Problem problem = problem_of(result);
    const bool usual = problem.status == 409 || problem.status == 404;
    exchange.refuse(problem, usual);
}

}  // namespace

Poco::Net::HTTPRequestHandler* SiteRequestHandlerFactory::createRequestHandler(const HTTPServerRequest&) {
    return new SiteRequestHandler(services_, largest_body_, log_);
}

}  // namespace tributary
