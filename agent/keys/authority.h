#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/platform/file.h"

using X509_STORE = struct x509_store_st;

namespace tributary {

/// Whose certificates are believed: every certificate of one PEM file (RFC 5280, 6.1). Immutable; may be shared between
/// threads.
class Authority {
  public:
    /// Throws Error(key) if the file holds no certificate, or one that cannot be read.
    static Authority load(FileSystem& files, const std::filesystem::path& file);
    static Authority from_pem(std::string_view pem, const std::string& name);

    const std::vector<Certificate>& certificates() const noexcept { return certificates_; }

    /// Is the first of `chain` issued by it, maybe through those that follow? Why not, or an empty text. One flipped
    /// bit anywhere in a certificate or in the authority's own is such a why. Dates are the caller's to look at.
    std::string why_not_issued(const std::vector<Certificate>& chain) const;

  private:
    Authority(std::vector<Certificate> certificates, std::shared_ptr<X509_STORE> store)
        : certificates_(std::move(certificates)), store_(std::move(store)) {}

    std::vector<Certificate> certificates_;
    std::shared_ptr<X509_STORE> store_;
};

/// The certificate, and those of `offered` above it, each of which has signed the one before.
std::vector<Certificate> with_issuers(const Certificate& certificate, const std::vector<Certificate>& offered);

}  // namespace tributary
