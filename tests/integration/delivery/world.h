#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/courier/courier.h"
#include "agent/courier/https_transport.h"
#include "service/repository/server.h"
#include "tests/unit/courier/delivery_fixture.h"

namespace tributary::testing {

/// A site with its certificate from the world's authority.
struct Site {
    std::string code;
    std::filesystem::path certificate_file;
    std::filesystem::path key_file;
    PrivateKey key;
    Certificate certificate;
};

/// An HTTP answer as the test sees it.
struct RawAnswer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

/// An authority, a repository on loopback and sites, all real, in a folder of their own.
class World {
  public:
    World();

    const std::filesystem::path& path() const { return folder_.path(); }
    std::filesystem::path pki() const { return path() / "pki"; }
    /// Another member of the region.
    Site site(const std::string& code);
    /// The repository's configuration; to be changed before it is started.
    ServiceConfiguration configuration;

    RepositoryServer& start();
    void stop();
    RepositoryServer& server() { return *server_; }
    std::string url() const { return "https://localhost:" + std::to_string(port_); }
    std::uint16_t port() const { return port_; }

    HttpsTransportConfiguration transport_configuration(const Site& site) const;
    /// Rows sealed to the repository's encryption certificate.
    SealedChunk sealed_chunk(const std::string& stream, const std::string& rows) const;
    Certificate signing_certificate() const;
    std::string log_text() const;

    /// One request by hand. `cut_after`: give the body's first bytes and break the connection.
    RawAnswer request(const Site& site, const std::string& method, const std::string& path,
                      const std::map<std::string, std::string>& headers, const std::string& body);
    void request_and_cut(const Site& site, const std::string& method, const std::string& path,
                         const std::map<std::string, std::string>& headers, const std::string& body,
                         std::size_t cut_after);
    RawAnswer announce(const Site& site, const Manifest& manifest);
    RawAnswer patch(const Site& site, const Manifest& manifest, std::uint64_t offset, const std::string& bytes,
                    const std::string& complete = "?1");

    /// `tributary-repository verify` over this world, as a process; its exit code and what it printed.
    struct Run {
        int exit_code = -1;
        std::string output;
    };
    Run run_program(const std::vector<std::string>& words) const;
    /// Writes repository.yaml for the program; listens on `listen_port`.
    std::filesystem::path write_configuration(std::uint16_t listen_port) const;

    SealedChunk numbered(SealedChunk chunk, const std::string& site, std::uint64_t sequence,
                         const std::string& previous) const;

  private:
    TemporaryFolder folder_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<RepositoryServer> server_;
    std::uint16_t port_ = 0;
};

std::string chunk_path(const Manifest& manifest);
/// SHA-256 of a manifest's text, as the next one's `previous`.
std::string manifest_hash(const Manifest& manifest);
/// Rows of NDJSON, different for each seed, that do not compress much.
std::string rows(unsigned seed, std::size_t count);

/// A site's queue and courier against the world's repository.
class Agent {
  public:
    Agent(World& world, Site site, TestClock& clock);
    Outbox& outbox() { return outbox_; }
    Courier& courier() { return courier_; }
    HttpsTransport& transport() { return transport_; }
    const Site& site() const { return site_; }
    DeliveryRound deliver() {
        return courier_.deliver([] { return false; });
    }
    /// Lets pass the time that the courier wants to wait, for all that waits.
    void wait();

  private:
    Site site_;
    TestClock& clock_;
    Log log_;
    Outbox outbox_;
    HttpsTransport transport_;
    Courier courier_;
};

}  // namespace tributary::testing
