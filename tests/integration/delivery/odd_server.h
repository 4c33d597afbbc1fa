#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "tests/unit/keys/test_certificates.h"

namespace tributary::testing {

/// A server that does what a test wants with each connection: answers nonsense, cuts, keeps silent. Over TLS with the
/// given identity, or over bare TCP.
class OddServer {
  public:
    using Conduct = std::function<void(Poco::Net::StreamSocket& connection)>;
    /// Bare TCP.
    explicit OddServer(Conduct conduct);
    /// TLS; asks for no client certificate.
    OddServer(const TemporaryFolder& folder, const Identity& identity, Conduct conduct);
    ~OddServer();
    OddServer(const OddServer&) = delete;
    OddServer& operator=(const OddServer&) = delete;

    std::string url() const { return "https://localhost:" + std::to_string(port_); }
    int connections() const { return connections_; }

  private:
    void run();
    Poco::Net::ServerSocket socket_;
    Conduct conduct_;
    std::uint16_t port_;
    std::atomic<int> connections_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// Reads a request's head and body, so that the client is listening; then answers these bytes.
OddServer::Conduct answers(const std::string& bytes);

}  // namespace tributary::testing
