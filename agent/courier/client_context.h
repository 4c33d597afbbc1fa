#pragma once

#include <Poco/Net/Context.h>

#include <string>

#include "agent/courier/https_transport.h"

namespace tributary {

/// TLS as a site speaks it to the repository: 1.2 at least, the configured authority and no other, the host name held
/// against the certificate within the handshake, the site's own certificate shown. A verification that fails leaves
/// its reason (X509_V_ERR_*) in `failure`, which must outlive the context. Throws Error(key), Error(configuration).
Poco::Net::Context::Ptr make_client_context(const HttpsTransportConfiguration& configuration, const std::string& host,
                                            int* failure);

}  // namespace tributary
