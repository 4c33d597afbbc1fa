#include "service/repository/metrics_server.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "service/repository/listening.h"

namespace tributary {
namespace {

constexpr int backlog = 8;
constexpr long timeout_seconds = 5;

class Handler : public Poco::Net::HTTPRequestHandler {
  public:
    Handler(Metrics& metrics, Log& log) : metrics_(metrics), log_(log) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        using Poco::Net::HTTPResponse;
        response.setKeepAlive(false);
        std::string body;
        if (request.getURI() != "/metrics") {
            response.setStatusAndReason(HTTPResponse::HTTP_NOT_FOUND);
        } else if (request.getMethod() != "GET") {
            response.setStatusAndReason(HTTPResponse::HTTP_METHOD_NOT_ALLOWED);
            response.set("Allow", "GET");
        } else {
            try {
                body = metrics_.text();
                response.setContentType("text/plain; version=0.0.4");
            } catch (const Error& error) {
                log_.error("metrics could not be read", {{"error", error.what()}});
                response.setStatusAndReason(HTTPResponse::HTTP_SERVICE_UNAVAILABLE);
            }
        }
        response.sendBuffer(body.data(), body.size());
    }

  private:
    Metrics& metrics_;
    Log& log_;
};

class HandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    HandlerFactory(Metrics& metrics, Log& log) : metrics_(metrics), log_(log) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Handler(metrics_, log_);
    }

  private:
    Metrics& metrics_;
    Log& log_;
};

}  // namespace

MetricsServer::MetricsServer(const std::string& host, std::uint16_t port, Metrics& metrics, Log& log) {
    try {
        Poco::Net::ServerSocket socket;
        listen_alone(socket, host, port, backlog);
        Poco::Net::HTTPServerParams::Ptr parameters = new Poco::Net::HTTPServerParams;
        parameters->setMaxThreads(1);
        parameters->setMaxQueued(4);
        parameters->setKeepAlive(false);
        parameters->setTimeout(Poco::Timespan(timeout_seconds, 0));
        http_ = std::make_unique<Poco::Net::HTTPServer>(new HandlerFactory(metrics, log), socket, parameters);
        http_->start();
    } catch (const Poco::Exception& fault) {
        throw Error(ErrorCode::network, "metrics: cannot listen on " + host + ":" + std::to_string(port) + ": " +
                                            clean_text(fault.displayText()));
    }
}

MetricsServer::~MetricsServer() {
    http_->stopAll();
}

std::uint16_t MetricsServer::port() const {
    return http_->port();
}

}  // namespace tributary
