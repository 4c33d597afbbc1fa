#include "tests/integration/delivery/odd_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureServerSocket.h>

#include <array>

#include "agent/keys/digest.h"

namespace tributary::testing {
namespace {

Poco::Net::ServerSocket listen_with_tls(const TemporaryFolder& folder, const Identity& identity) {
    const std::string name = random_hex(4);
    const std::string certificate = folder.write(name + ".pem", identity.certificate.to_pem()).string();
    const std::string key = folder.write(name + ".key", identity.key.to_pem()).string();
    const Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, key, certificate,
                                                                 "", Poco::Net::Context::VERIFY_NONE));
    return Poco::Net::SecureServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0), 8, context);
}

}  // namespace

OddServer::OddServer(Conduct conduct)
    : socket_(Poco::Net::SocketAddress("127.0.0.1", 0)),
      conduct_(std::move(conduct)),
      port_(socket_.address().port()),
      thread_([this] { run(); }) {}

OddServer::OddServer(const TemporaryFolder& folder, const Identity& identity, Conduct conduct)
    : socket_(listen_with_tls(folder, identity)),
      conduct_(std::move(conduct)),
      port_(socket_.address().port()),
      thread_([this] { run(); }) {}

OddServer::~OddServer() {
    stop_ = true;
    thread_.join();
}

void OddServer::run() {
    while (!stop_) {
        if (!socket_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) {
            continue;
        }
        try {
            Poco::Net::StreamSocket connection = socket_.acceptConnection();
            connection.setReceiveTimeout(Poco::Timespan(5, 0));
            ++connections_;
            conduct_(connection);
        } catch (const Poco::Exception&) {
            // The client went away; some tests want that.
        }
    }
}

OddServer::Conduct answers(const std::string& bytes) {
    return [bytes](Poco::Net::StreamSocket& connection) {
        std::array<char, 65536> buffer{};
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos) {
            const int read = connection.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
            if (read <= 0) {
                return;
            }
            request.append(buffer.data(), static_cast<std::size_t>(read));
        }
        const std::size_t field = request.find("Content-Length: ");
        const std::size_t head = request.find("\r\n\r\n") + 4;
        const std::size_t length = field == std::string::npos ? 0 : std::stoul(request.substr(field + 16));
        while (request.size() < head + length) {
            const int read = connection.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
            if (read <= 0) {
                return;
            }
            request.append(buffer.data(), static_cast<std::size_t>(read));
        }
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            sent += static_cast<std::size_t>(
                connection.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent)));
        }
        connection.shutdownSend();
    };
}

}  // namespace tributary::testing
