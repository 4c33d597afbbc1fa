#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "agent/telemetry/log.h"
#include "service/repository/certificate_answers.h"
#include "service/repository/intake.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/metrics.h"
#include "service/repository/open_connections.h"
#include "service/repository/run_intake.h"

namespace tributary {

/// What requests of sites are answered with.
struct SiteServices {
    Intake& intake;
    RunIntake& runs;
    const CertificateAnswers& certificates;
    Ledger& ledger;
    OpenConnections& connections;
    Metrics& metrics;
};

/// HTTP on the one side, the intakes on the other: reads bounded bodies, maps results to statuses, keeps nothing.
class SiteRequestHandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    /// Bodies beyond `largest_body` are not read.
    SiteRequestHandlerFactory(const SiteServices& services, std::uint64_t largest_body, Log& log)
        : services_(services), largest_body_(largest_body), log_(log) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

  private:
    SiteServices services_;
    std::uint64_t largest_body_;
    Log& log_;
};

}  // namespace tributary
