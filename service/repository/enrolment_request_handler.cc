#include "service/repository/enrolment_request_handler.h"

#include <Poco/Net/HTTPBasicCredentials.h>
#include <Poco/Net/NetException.h>

#include "agent/keys/est_message.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "service/repository/http_exchange.h"

namespace tributary {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

constexpr std::uint64_t largest_request = 32U << 10U;
constexpr int retry_after_seconds = 30;
constexpr std::string_view est = "/.well-known/est/";

class EnrolmentRequestHandler : public Poco::Net::HTTPRequestHandler {
  public:
    EnrolmentRequestHandler(Enrolment& enrolment, OpenConnections& connections, Log& log)
        : enrolment_(enrolment), connections_(connections), log_(log) {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
        HttpExchange exchange(request, response, largest_request, log_);
        try {
            serve(exchange);
        } catch (const Error& error) {
            log_.error("a request for a certificate failed", {{"error", error.what()}});
            response.set("Retry-After", std::to_string(retry_after_seconds));
            exchange.refuse({503, "Not now", "no certificate could be made"});
        }
    }

  private:
    void serve(HttpExchange& exchange);
    void enrol(HttpExchange& exchange);
    void renew(HttpExchange& exchange);
    static std::optional<std::string> read_request(HttpExchange& exchange);
    static void answer(const Enrolment::Answer& answer, HttpExchange& exchange);
    static void send(const std::vector<Certificate>& certificates, const std::string& type, HttpExchange& exchange);

    Enrolment& enrolment_;
    OpenConnections& connections_;
    Log& log_;
};

void EnrolmentRequestHandler::serve(HttpExchange& exchange) {
    const OpenConnections::Request served(connections_, exchange.socket(), "", exchange.announced_length());
    const std::string& target = exchange.request().getURI();
    const std::string_view operation =
        target.starts_with(est) ? std::string_view(target).substr(est.size()) : std::string_view();
    const bool known = operation == "cacerts" || operation == "simpleenroll" || operation == "simplereenroll";
    if (!known) {
        exchange.refuse(
            {404, "No such resource", "there are cacerts, simpleenroll and simplereenroll below /.well-known/est"});
        return;
    }
    const std::string wanted = operation == "cacerts" ? "GET" : "POST";
    if (exchange.request().getMethod() != wanted) {
        exchange.response().set("Allow", wanted);
        exchange.refuse({405, "Method not allowed", "it takes " + wanted});
        return;
    }
    if (operation == "cacerts") {
        send(enrolment_.authority(), "application/pkcs7-mime", exchange);
    } else if (operation == "simpleenroll") {
        enrol(exchange);
    } else {
        renew(exchange);
    }
}

/// Nothing when the exchange has come to its end already.
std::optional<std::string> EnrolmentRequestHandler::read_request(HttpExchange& exchange) {
    const auto length = exchange.length(largest_request);
    if (!length) {
        return std::nullopt;
    }
    if (exchange.request().getContentType() != "application/pkcs10") {
        exchange.refuse({400, "Malformed request", "a certificate request is sent as application/pkcs10"});
        return std::nullopt;
    }
    Body body = exchange.read_body(*length);
    if (!body.whole) {
        exchange.response().setKeepAlive(false);
        return std::nullopt;
    }
    return std::move(body.bytes);
}

void EnrolmentRequestHandler::enrol(HttpExchange& exchange) {
    std::string site;
    std::string secret;
    try {
        const Poco::Net::HTTPBasicCredentials credentials(exchange.request());
        site = credentials.getUsername();
        secret = credentials.getPassword();
    } catch (const Poco::Exception&) {
        site.clear();  // none, or of another scheme: asked for below
    }
    if (!is_site(site)) {
        exchange.response().set("WWW-Authenticate", "Basic realm=\"enrolment\"");
        exchange.refuse({401, "Not authorised", "the site's code and the secret of its token are wanted"}, true);
        return;
    }
    if (const auto request = read_request(exchange)) {
        answer(enrolment_.enrol(site, secret, *request), exchange);
    }
}

void EnrolmentRequestHandler::renew(HttpExchange& exchange) {
    const auto certificate = exchange.client_certificate();
    if (!certificate || !is_site(certificate->common_name())) {
        exchange.refuse({403, "No site", "a certificate is renewed over a connection that shows it"});
        return;
    }
    if (const auto request = read_request(exchange)) {
        answer(enrolment_.renew({certificate->common_name(), *certificate}, *request), exchange);
    }
}

void EnrolmentRequestHandler::answer(const Enrolment::Answer& answer, HttpExchange& exchange) {
    if (const auto* problem = std::get_if<Problem>(&answer)) {
        if (problem->status == 401) {
            exchange.response().set("WWW-Authenticate", "Basic realm=\"enrolment\"");
        }
        exchange.refuse(*problem);
        return;
    }
    send({std::get<Certificate>(answer)}, "application/pkcs7-mime; smime-type=certs-only", exchange);
}

void EnrolmentRequestHandler::send(const std::vector<Certificate>& certificates, const std::string& type,
                                   HttpExchange& exchange) {
    const std::string body = est_certificates(certificates);
    exchange.response().setContentType(type);
    exchange.response().set("Content-Transfer-Encoding", "base64");
    exchange.response().sendBuffer(body.data(), body.size());
}

}  // namespace

Poco::Net::HTTPRequestHandler* EnrolmentRequestHandlerFactory::createRequestHandler(const HTTPServerRequest&) {
    return new EnrolmentRequestHandler(enrolment_, connections_, log_);
}

}  // namespace tributary
