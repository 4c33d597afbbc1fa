#pragma once

#include <cstdint>
#include <memory>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/service_configuration.h"

namespace tributary {

class Lander;
class Ledger;

/// The whole repository: HTTPS server with mutual TLS, intake, and a lander where there is a decryption key. start()
/// and stop() from one thread.
class RepositoryServer {
  public:
    /// Opens the ledger, reads keys and certificates and checks that they fit each other; takes no connection yet.
    /// Throws Error(key), Error(configuration), Error(in_use) when another process serves this store.
    RepositoryServer(const ServiceConfiguration& configuration, FileSystem& files, Clock& clock, Log& log);
    ~RepositoryServer();
    RepositoryServer(const RepositoryServer&) = delete;
    RepositoryServer& operator=(const RepositoryServer&) = delete;

    /// Listens; throws Error(network) if it cannot.
    void start();
    /// Finishes the requests under way (those that wait for bytes are cut) and what is being landed.
    void stop();
    /// The port in use (that of the configuration, or the one the system chose for 0).
    std::uint16_t port() const;
    /// The same for metrics; 0 if there are none.
    std::uint16_t metrics_port() const;
    /// The same for sites that enrol; 0 if they cannot.
    std::uint16_t enrolment_port() const;

    Ledger& ledger();
    /// Only where the configuration names a decryption key.
    Lander& lander();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
