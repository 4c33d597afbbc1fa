#include "service/repository/open_connections.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/SocketImpl.h>

namespace tributary {
namespace {

/// Poco may be closing the socket at this moment in the connection's own thread. Then there is nothing to shut down;
/// and should the descriptor have gone to another file or connection, that is no socket or is to be hung up as well, as
/// nothing is accepted any more.
void shut_receiving_side(const Poco::Net::StreamSocket& socket) {
    try {
        socket.impl()->SocketImpl::shutdownReceive();  // of TCP; the TLS socket's own would do nothing
    } catch (const Poco::Exception&) {
        // it is closed already
    }
}

class HttpConnection final : public Poco::Net::TCPServerConnection {
  public:
    HttpConnection(OpenConnections& connections, const Poco::Net::StreamSocket& socket,
                   Poco::Net::HTTPRequestHandlerFactory::Ptr handlers, Poco::Net::HTTPServerParams::Ptr parameters)
        : TCPServerConnection(socket),
          connections_(connections),
          handlers_(std::move(handlers)),
          parameters_(std::move(parameters)) {}

    void run() override {
        const OpenConnections::Guard guard(connections_, socket());
        Poco::Net::HTTPServerConnection(socket(), parameters_, handlers_).run();
    }

  private:
    OpenConnections& connections_;
    Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
    Poco::Net::HTTPServerParams::Ptr parameters_;
};

}  // namespace

OpenConnections::Guard::Guard(OpenConnections& connections, const Poco::Net::StreamSocket& socket)
    : connections_(connections), socket_(socket) {
    const std::lock_guard lock(connections_.mutex_);
    connections_.open_.insert(socket_);
    if (connections_.hung_up_) {
        shut_receiving_side(socket_);
    }
}

OpenConnections::Guard::~Guard() {
    const std::lock_guard lock(connections_.mutex_);
    connections_.open_.erase(socket_);
}

void OpenConnections::hang_up() {
    const std::lock_guard lock(mutex_);
    hung_up_ = true;
    for (const auto& socket : open_) {
        shut_receiving_side(socket);
    }
}

HttpConnectionFactory::HttpConnectionFactory(OpenConnections& connections,
                                             Poco::Net::HTTPRequestHandlerFactory::Ptr handlers,
                                             Poco::Net::HTTPServerParams::Ptr parameters)
    : connections_(connections), handlers_(std::move(handlers)), parameters_(std::move(parameters)) {}

Poco::Net::TCPServerConnection* HttpConnectionFactory::createConnection(const Poco::Net::StreamSocket& socket) {
    return new HttpConnection(connections_, socket, handlers_, parameters_);
}

}  // namespace tributary
