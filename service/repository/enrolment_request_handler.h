#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "agent/telemetry/log.h"
#include "service/repository/enrolment.h"
#include "service/repository/open_connections.h"

namespace tributary {

/// EST over HTTP (RFC 7030, section 3.2.2): /.well-known/est/cacerts, simpleenroll and simplereenroll.
class EnrolmentRequestHandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    EnrolmentRequestHandlerFactory(Enrolment& enrolment, OpenConnections& connections, Log& log)
        : enrolment_(enrolment), connections_(connections), log_(log) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

  private:
    Enrolment& enrolment_;
    OpenConnections& connections_;
    Log& log_;
};

}  // namespace tributary
