#include "service/repository/open_connections.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/SocketImpl.h>

#include <algorithm>

namespace tributary {
namespace {

/// Poco may be closing the socket at this moment in the connection's own thread. Then there is nothing to shut down;
/// and should the descriptor have gone to another file or connection, that is no socket, or its client has to connect
/// once more.
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
        if (guard.admitted()) {
            Poco::Net::HTTPServerConnection(socket(), parameters_, handlers_).run();
        }
    }

  private:
    OpenConnections& connections_;
    Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
    Poco::Net::HTTPServerParams::Ptr parameters_;
};

}  // namespace

OpenConnections::Guard::Guard(OpenConnections& connections, const Poco::Net::StreamSocket& socket)
    : connections_(connections), socket_(socket), admitted_(connections.admit(socket)) {}

OpenConnections::Guard::~Guard() {
    const std::lock_guard lock(connections_.mutex_);
    connections_.open_.erase(socket_);
}

OpenConnections::Request::Request(OpenConnections& connections, const Poco::Net::StreamSocket& socket,
                                  const std::string& site, std::uint64_t body_bytes)
    : connections_(connections), socket_(socket), admitted_(connections.begin(socket, site, body_bytes)) {}

OpenConnections::Request::~Request() {
    connections_.end(socket_);
}

bool OpenConnections::admit(const Poco::Net::StreamSocket& socket) {
    std::string address;
    try {
        address = socket.peerAddress().host().toString();
    } catch (const Poco::Exception&) {
        return false;  // it has gone already
    }
    const std::lock_guard lock(mutex_);
    const auto same = std::count_if(open_.begin(), open_.end(), [&](const auto& open) {
        return open.second.site.empty() && open.second.address == address;
    });
    if (static_cast<std::size_t>(same) >= limits_.unknown_per_address) {
        return false;
    }
    open_.emplace(socket, Connection{std::move(address), {}, clock_.steady() + limits_.first_request});
    if (hung_up_) {
        shut_receiving_side(socket);
    }
    return true;
}

bool OpenConnections::begin(const Poco::Net::StreamSocket& socket, const std::string& site, std::uint64_t body_bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(socket);
    if (found == open_.end()) {
        return false;
    }
    found->second.due = clock_.steady() + limits_.request + std::chrono::seconds(body_bytes / limits_.slowest);
    if (found->second.site != site) {
        const auto same =
            std::count_if(open_.begin(), open_.end(), [&](const auto& open) { return open.second.site == site; });
        if (static_cast<std::size_t>(same) >= limits_.per_site) {
            return false;
        }
        found->second.site = site;
    }
    return true;
}

void OpenConnections::end(const Poco::Net::StreamSocket& socket) {
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(socket); found != open_.end()) {
        found->second.due = clock_.steady() + limits_.next_request;
    }
}

std::size_t OpenConnections::count() {
    const std::lock_guard lock(mutex_);
    return open_.size();
}

std::size_t OpenConnections::hang_up_overdue() {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    std::size_t overdue = 0;
    for (auto& [socket, connection] : open_) {
        if (connection.due <= now) {
            shut_receiving_side(socket);
            ++overdue;
        }
    }
    return overdue;
}

void OpenConnections::hang_up() {
    const std::lock_guard lock(mutex_);
    hung_up_ = true;
    for (const auto& [socket, connection] : open_) {
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
