#pragma once

#include <Poco/Net/HTTPServer.h>

#include <cstdint>
#include <memory>
#include <string>

#include "agent/telemetry/log.h"
#include "service/repository/metrics.h"

namespace tributary {

/// Answers GET /metrics, without TLS: for a monitoring system on the same computer.
class MetricsServer {
  public:
    /// Listens; throws Error(network) if it cannot.
    MetricsServer(const std::string& host, std::uint16_t port, Metrics& metrics, Log& log);
    /// Answers what is under way.
    ~MetricsServer();
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;

    std::uint16_t port() const;

  private:
    std::unique_ptr<Poco::Net::HTTPServer> http_;
};

}  // namespace tributary
