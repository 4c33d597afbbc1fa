#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <string>

namespace tributary {

/// Takes a port for this process alone. Poco's own constructors let several processes have it (SO_REUSEPORT): a second
/// repository that was started by mistake would take a part of the connections. Throws Poco::Exception.
inline void listen_alone(Poco::Net::ServerSocket& socket, const std::string& host, std::uint16_t port, int backlog) {
    socket.bind(Poco::Net::SocketAddress(host, port), true, false);
    socket.listen(backlog);
}

}  // namespace tributary
