#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "agent/telemetry/log.h"
#include "service/repository/intake.h"

namespace tributary {

/// HTTP on the one side, the intake on the other: reads bounded bodies, maps results to statuses, keeps nothing.
class ChunkRequestHandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    /// Bodies beyond `largest_body` are not read.
    ChunkRequestHandlerFactory(Intake& intake, std::uint64_t largest_body, Log& log)
        : intake_(intake), largest_body_(largest_body), log_(log) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

  private:
    Intake& intake_;
    std::uint64_t largest_body_;
    Log& log_;
};

}  // namespace tributary
