#pragma once

#include <Poco/Net/Context.h>

#include <filesystem>
#include <string>

namespace tributary {

/// Whom a client believes, and what it shows of itself; PEM files.
struct ClientIdentity {
    std::filesystem::path authority;    ///< empty: whoever answers is believed, for what is verified otherwise
    std::filesystem::path certificate;  ///< empty, as the key: nothing is shown
    std::filesystem::path private_key;
};

/// TLS as a site speaks it to the repository: 1.2 at least, the configured authority and no other, the host name held
/// against the certificate within the handshake, the site's own certificate shown if it has one. A verification that
/// fails leaves its reason (X509_V_ERR_*) in `failure`, which must outlive the context. Throws Error(key),
/// Error(configuration).
Poco::Net::Context::Ptr make_client_context(const ClientIdentity& identity, const std::string& host, int* failure);

}  // namespace tributary
