#pragma once

#include <Poco/Net/Context.h>

#include "agent/platform/file.h"
#include "service/repository/service_configuration.h"

namespace tributary {

enum class ClientCertificate {
    required,  ///< from the authority, or no connection comes about
    asked      ///< if there is one, it is from the authority
};

/// TLS 1.2 and later of a server, with the configuration's certificate and authority. Throws Error(key).
Poco::Net::Context::Ptr make_server_context(FileSystem& files, const ServiceConfiguration& configuration,
                                            ClientCertificate client);

}  // namespace tributary
