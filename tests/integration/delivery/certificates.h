#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/unit/keys/test_certificates.h"

namespace tributary::testing {

/// What a certificate shall be like that the throwaway authority would not make.
struct CertificateWish {
    std::string common_name{};
    std::string subject_alternative_name{};                ///< "DNS:localhost"; empty for none
    std::string extended_usage{};                          ///< "serverAuth", "clientAuth"
    std::chrono::seconds begins = -std::chrono::hours(1);  ///< from now
    std::chrono::seconds ends = std::chrono::hours(1);
};

/// Signed by the authority whose authority.key and authority.pem lie in `folder`.
Identity issue(const std::filesystem::path& folder, const CertificateWish& wish);

}  // namespace tributary::testing
