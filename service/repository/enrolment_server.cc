#include "service/repository/enrolment_server.h"

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "service/repository/enrolment_request_handler.h"
#include "service/repository/listening.h"
#include "service/repository/tls_context.h"

namespace tributary {
namespace {

constexpr int most_connections = 8;
constexpr int backlog = 16;
constexpr long timeout_seconds = 10;
constexpr std::chrono::milliseconds connection_interval = std::chrono::seconds(1);

ConnectionLimits limits() {
    ConnectionLimits limits;
    limits.first_request = limits.next_request = limits.request = std::chrono::seconds(timeout_seconds);
    limits.unknown_per_address = most_connections / 2;
    return limits;
}

}  // namespace

EnrolmentServer::EnrolmentServer(const ServiceConfiguration& configuration, Ledger& ledger, FileSystem& files,
                                 Clock& clock, Log& log)
    : address_(configuration.enrolment->listen),
      log_(log),
      context_(make_server_context(files, configuration, ClientCertificate::asked)),
      enrolment_(ledger, load_issuer(files, configuration), Certificate::load_chain(files, configuration.authority),
                 configuration.enrolment->lifetime, clock, log),
      connections_(limits(), clock),
      connection_task_([this] { connections_.hang_up_overdue(); }, connection_interval,
                       "connections could not be looked at", clock, log),
      threads_(1, most_connections + 1) {}

EnrolmentServer::~EnrolmentServer() {
    stop();
}

void EnrolmentServer::start() {
    try {
        Poco::Net::SecureServerSocket socket(context_);
        listen_alone(socket, address_.host, address_.port, backlog);
        Poco::Net::HTTPServerParams::Ptr parameters = new Poco::Net::HTTPServerParams;
        parameters->setMaxThreads(most_connections);
        parameters->setMaxQueued(most_connections);
        parameters->setTimeout(Poco::Timespan(timeout_seconds, 0));
        parameters->setKeepAlive(false);
        http_ = std::make_unique<Poco::Net::TCPServer>(
            new HttpConnectionFactory(connections_, new EnrolmentRequestHandlerFactory(enrolment_, connections_, log_),
                                      parameters),
            threads_, socket, parameters);
        connection_task_.start();
        http_->start();
    } catch (const Poco::Exception& fault) {
        throw Error(ErrorCode::network, "enrolment: cannot listen on " + address_.host + ":" +
                                            std::to_string(address_.port) + ": " + clean_text(fault.displayText()));
    }
    log_.info("sites can enrol", {{"address", address_.host + ":" + std::to_string(port())}});
}

void EnrolmentServer::stop() {
    if (http_) {
        http_->stop();
        connections_.hang_up();
        threads_.joinAll();
        http_.reset();
    }
    connection_task_.stop();
}

std::uint16_t EnrolmentServer::port() const {
    return http_ ? http_->port() : address_.port;
}

}  // namespace tributary
