#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/keys/certificate_request.h"

namespace tributary {

// The bodies of EST (RFC 7030, sections 4.1.3, 4.2.1 and 4.2.3; RFC 8951): DER in base64, with white space or without.
// All of it thread-safe.

constexpr std::size_t longest_est_message = 256U << 10U;

/// Certificates alone (a degenerate PKCS#7 SignedData), base64 in lines.
std::string est_certificates(const std::vector<Certificate>& certificates);
/// Throws Error(input) unless it is such, with one certificate at least.
std::vector<Certificate> read_est_certificates(std::string_view text);

/// Of a request in PEM, as PrivateKey::certificate_request() writes it.
std::string est_request(std::string_view pem);
/// Throws Error(input) as CertificateRequest::from_der() does.
CertificateRequest read_est_request(std::string_view text);

}  // namespace tributary
