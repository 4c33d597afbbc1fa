#include "agent/courier/https_transport.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "agent/courier/client_context.h"
#include "agent/courier/http_answer.h"
#include "agent/courier/https_peer.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

/// Below what a repository keeps an idle connection open for, so that we close it first.
constexpr int keep_alive_seconds = 8;
constexpr std::size_t largest_piece = 256U << 10U;  // sent without asking whether to stop
const std::function<bool()> to_the_end = [] { return false; };

std::optional<std::string> header(const Poco::Net::HTTPResponse& response, const std::string& name) {
    return response.has(name) ? std::optional<std::string>(response.get(name)) : std::nullopt;
}

}  // namespace

/// Poco keeps the failure of a write and throws it again at the next read; but the other side may have said why it
/// stopped listening (an alert, an early answer), and that is what we want to read.
class ForgivingSession : public Poco::Net::HTTPSClientSession {
  public:
    using HTTPSClientSession::HTTPSClientSession;
    void forget_failure() { clearException(); }

    /// Past the request stream, whose small buffer would make a TLS record of every 4 KiB. False when it broke.
    bool send_body(std::string_view body, Bandwidth* bandwidth, const std::function<bool()>& stop) {
        try {
            while (!body.empty()) {
                auto piece = std::min(body.size(), largest_piece);
                if (bandwidth != nullptr) {
                    piece = bandwidth->take(piece, stop);
                }
                if (stop()) {
                    throw Error(ErrorCode::stopped, "stopped before all was sent");
                }
                const int sent = write(body.data(), static_cast<std::streamsize>(piece));
                if (sent <= 0) {
                    throw Poco::TimeoutException();
                }
                body.remove_prefix(static_cast<std::size_t>(sent));
            }
            return true;
        } catch (const Poco::Exception& fault) {
            setException(fault);
            return false;
        }
    }
};

struct HttpsTransport::Implementation {
    Implementation(HttpsTransportConfiguration given, Clock& given_clock)
        : configuration(std::move(given)),
          clock(given_clock),
          peer(read_url(configuration.url, configuration.proxy)),
          context(make_client_context({configuration.authority, configuration.certificate, configuration.private_key},
                                      peer.host, &verify_failure)) {}

    Answer exchange(Poco::Net::HTTPRequest& request, std::string_view body, ChunkRequest kind,
                    const std::function<bool()>& stop);
    HttpAnswer attempt(Poco::Net::HTTPRequest& request, std::string_view body, const std::function<bool()>& stop);
    HttpAnswer receive();
    void open();
    Poco::Net::HTTPRequest request(const char* method, const std::string& resource, std::string_view body) const;

    HttpsTransportConfiguration configuration;
    Clock& clock;
    HttpsPeer peer;
    int verify_failure = X509_V_OK;
    Poco::Net::Context::Ptr context;
    std::unique_ptr<ForgivingSession> session;
    bool used = false;  // the session has carried an exchange: its connection may have died since
};

void HttpsTransport::Implementation::open() {
    verify_failure = X509_V_OK;
    used = false;
    session = std::make_unique<ForgivingSession>(peer.host, peer.port, context);
    session->setKeepAlive(true);
    session->setKeepAliveTimeout(Poco::Timespan(keep_alive_seconds, 0));
    set_up(*session, peer, {configuration.connect_timeout, configuration.answer_timeout});
}

Poco::Net::HTTPRequest HttpsTransport::Implementation::request(const char* method, const std::string& resource,
                                                               std::string_view body) const {
    Poco::Net::HTTPRequest made(method, "/v1/sites/" + configuration.site + resource, Poco::Net::HTTPMessage::HTTP_1_1);
    made.setKeepAlive(true);
    made.setContentLength64(static_cast<Poco::Int64>(body.size()));
    return made;
}

HttpAnswer HttpsTransport::Implementation::receive() {
    Poco::Net::HTTPResponse response;
    std::istream& stream = session->receiveResponse(response);
    HttpAnswer answer;
    answer.status = response.getStatus();
    answer.content_type = response.getContentType();
    answer.upload_offset = header(response, "Upload-Offset");
    answer.retry_after = header(response, "Retry-After");
    read_bounded(stream, answer.body, clock, configuration.answer_timeout, peer.host);
    if (session->networkException() != nullptr) {
        session->networkException()->rethrow();
    }
    if (response.hasContentLength() && response.getContentLength64() != static_cast<Poco::Int64>(answer.body.size())) {
        throw Error(ErrorCode::network, "the answer of " + peer.host + " was cut off");
    }
    return answer;
}

HttpAnswer HttpsTransport::Implementation::attempt(Poco::Net::HTTPRequest& request, std::string_view body,
                                                   const std::function<bool()>& stop) {
    std::ostream& stream = session->sendRequest(request);
    stream.flush();
    if (stream.good() &&
        session->send_body(body, stop ? configuration.bandwidth.get() : nullptr, stop ? stop : to_the_end)) {
        return receive();
    }
    const std::unique_ptr<Poco::Exception> cut(
        session->networkException() != nullptr ? session->networkException()->clone() : nullptr);
    for (int look = 0; look < 2; ++look) {  // the first look may meet what Poco still wants to write
        session->forget_failure();
        try {
            HttpAnswer answer = receive();
            session.reset();
            return answer;
        } catch (const Poco::Net::SSLException&) {
            throw;  // an alert says more than the broken pipe
        } catch (const Poco::Exception&) {
            continue;
        }
    }
    if (cut) {
        cut->rethrow();
    }
    throw Poco::Net::ConnectionResetException();
}

Answer HttpsTransport::Implementation::exchange(Poco::Net::HTTPRequest& request, std::string_view body,
                                                ChunkRequest kind, const std::function<bool()>& stop) {
    for (;;) {
        const bool kept = session != nullptr && used;
        try {
            if (!session) {
                open();
            }
            const HttpAnswer answer = attempt(request, body, stop);
            used = true;
            return read_answer(answer, kind, clock.now());
        } catch (const Poco::Exception& fault) {
            session.reset();
            const bool timed_out = dynamic_cast<const Poco::TimeoutException*>(&fault) != nullptr;
            if (kept && !timed_out) {
                continue;  // the kept connection was dead; a fresh one tells
            }
            explain(fault, verify_failure, peer);
        } catch (...) {
            session.reset();
            throw;
        }
    }
}

HttpsTransport::HttpsTransport(HttpsTransportConfiguration configuration, Clock& clock)
    : implementation_(std::make_unique<Implementation>(std::move(configuration), clock)) {}

HttpsTransport::~HttpsTransport() = default;

void HttpsTransport::close() {
    implementation_->session.reset();
}

Answer HttpsTransport::announce(const std::string& chunk_id, const std::string& manifest_jws) {
    Poco::Net::HTTPRequest request = implementation_->request("PUT", "/chunks/" + chunk_id, manifest_jws);
    request.setContentType("application/jose");
    return implementation_->exchange(request, manifest_jws, ChunkRequest::announce, {});
}

Answer HttpsTransport::close_run(const std::string& run, const std::string& run_manifest_jws) {
    Poco::Net::HTTPRequest request = implementation_->request("PUT", "/runs/" + run, run_manifest_jws);
    request.setContentType("application/jose");
    return implementation_->exchange(request, run_manifest_jws, ChunkRequest::announce, {});
}

Answer HttpsTransport::send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                            const std::function<bool()>& stop) {
    Poco::Net::HTTPRequest request = implementation_->request("PATCH", "/chunks/" + chunk_id, bytes);
    request.setContentType("application/partial-upload");
    request.set("Upload-Offset", std::to_string(offset));
    request.set("Upload-Complete", "?1");
    return implementation_->exchange(request, bytes, ChunkRequest::send, stop);
}

}  // namespace tributary
