#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <cstdint>
#include <memory>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/enrolment.h"
#include "service/repository/open_connections.h"
#include "service/repository/periodic_task.h"
#include "service/repository/service_configuration.h"

namespace tributary {

/// Listens for sites that want a certificate, at an address of its own: who has none yet cannot be asked for one, and
/// takes no connection away from those that deliver. start() and stop() from one thread.
class EnrolmentServer {
  public:
    /// Throws Error(key), Error(configuration).
    EnrolmentServer(const ServiceConfiguration& configuration, Ledger& ledger, FileSystem& files, Clock& clock,
                    Log& log);
    ~EnrolmentServer();
    EnrolmentServer(const EnrolmentServer&) = delete;
    EnrolmentServer& operator=(const EnrolmentServer&) = delete;

    /// Throws Error(network) if it cannot listen.
    void start();
    void stop();
    std::uint16_t port() const;

  private:
    ListenAddress address_;
    Log& log_;
    Poco::Net::Context::Ptr context_;
    Enrolment enrolment_;
    OpenConnections connections_;
    PeriodicTask connection_task_;
    Poco::ThreadPool threads_;
    std::unique_ptr<Poco::Net::TCPServer> http_;
};

}  // namespace tributary
