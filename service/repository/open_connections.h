#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "agent/platform/clock.h"

namespace tributary {

/// What a client may hold of the repository's connections, which are few.
struct ConnectionLimits {
    /// From the TCP connection to the end of the first request's header, TLS included.
    std::chrono::milliseconds first_request = std::chrono::seconds(30);
    /// From the end of a request to the end of the next one's header.
    std::chrono::milliseconds next_request = std::chrono::seconds(90);
    /// For a request itself, whatever its length; longer by what its bytes take at `slowest`.
    std::chrono::milliseconds request = std::chrono::seconds(60);
    std::uint64_t slowest = 1024;          ///< bytes a second
    std::size_t unknown_per_address = 16;  ///< of those that have not shown a site's certificate yet
    std::size_t per_site = 16;
};

/// The connections that are being served, so that they can be brought to their end from outside: those that take too
/// long for what they do, and all of them when the server stops. Poco's own way (HTTPServer::stopAll) sends TLS records
/// from the stopping thread while the connection's own thread uses the same TLS state; here only the receiving side of
/// the TCP connection is shut down, which the connection's thread reads as the other side's leaving: an answer under
/// way still goes out. Thread-safe.
class OpenConnections {
  public:
    OpenConnections(ConnectionLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {}

    /// A connection is among them while this lives.
    class Guard {
      public:
        Guard(OpenConnections& connections, const Poco::Net::StreamSocket& socket);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        /// False if its address has too many already that nobody knows.
        bool admitted() const noexcept { return admitted_; }

      private:
        OpenConnections& connections_;
        Poco::Net::StreamSocket socket_;
        bool admitted_;
    };

    /// A request of a site with a body of so many bytes is being served while this lives.
    class Request {
      public:
        Request(OpenConnections& connections, const Poco::Net::StreamSocket& socket, const std::string& site,
                std::uint64_t body_bytes);
        ~Request();
        Request(const Request&) = delete;
        Request& operator=(const Request&) = delete;
        /// False if the site has too many connections already.
        bool admitted() const noexcept { return admitted_; }

      private:
        OpenConnections& connections_;
        Poco::Net::StreamSocket socket_;
        bool admitted_;
    };

    std::size_t count();
    /// Hangs up those that are overdue; how many. To be called every now and then.
    std::size_t hang_up_overdue();
    /// Hangs up those that are open, and those that come. To be called when nothing is accepted any more.
    void hang_up();

  private:
    struct Connection {
        std::string address;
        std::string site;  ///< empty: unknown
        std::chrono::steady_clock::time_point due;
    };
    bool admit(const Poco::Net::StreamSocket& socket);
    bool begin(const Poco::Net::StreamSocket& socket, const std::string& site, std::uint64_t body_bytes);
    void end(const Poco::Net::StreamSocket& socket);

    const ConnectionLimits limits_;
    const Clock& clock_;
    std::mutex mutex_;
    std::map<Poco::Net::StreamSocket, Connection> open_;
    bool hung_up_ = false;
};

/// Makes HTTP connections that are among `connections` while they are served.
class HttpConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
  public:
    HttpConnectionFactory(OpenConnections& connections, Poco::Net::HTTPRequestHandlerFactory::Ptr handlers,
                          Poco::Net::HTTPServerParams::Ptr parameters);
    Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override;

  private:
    OpenConnections& connections_;
    Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
    Poco::Net::HTTPServerParams::Ptr parameters_;
};

}  // namespace tributary
