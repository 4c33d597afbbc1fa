#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <mutex>
#include <set>

namespace tributary {

/// The connections that are being served, so that they can be brought to their end from outside. Poco's own way
/// (HTTPServer::stopAll) sends TLS records from the stopping thread while the connection's own thread uses the same TLS
/// state; here only the receiving side of the TCP connection is shut down, which the connection's thread reads as the
/// other side's leaving: an answer under way still goes out. Thread-safe.
class OpenConnections {
  public:
    /// A connection is among them while this lives.
    class Guard {
      public:
        Guard(OpenConnections& connections, const Poco::Net::StreamSocket& socket);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

      private:
        OpenConnections& connections_;
        Poco::Net::StreamSocket socket_;
    };

    /// Those that are open, and those that come. To be called when nothing is accepted any more.
    void hang_up();

  private:
    std::mutex mutex_;
    std::set<Poco::Net::StreamSocket> open_;
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
