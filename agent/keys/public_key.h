#pragma once

#include <memory>
#include <string>

#include "agent/keys/certificate.h"
#include "agent/keys/certificate_request.h"

namespace tributary {

/// The public half of a key pair, with which signatures are verified where a certificate is not at hand. Immutable; may
/// be shared between threads.
class PublicKey {
  public:
    /// Throw Error(key) if the key cannot be read.
    static PublicKey of(const Certificate& certificate);
    static PublicKey of(const PrivateKey& key);
    static PublicKey of(const CertificateRequest& request);

    EVP_PKEY* get() const noexcept { return key_.get(); }
    /// SHA-256 of its SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), lower-case hexadecimal: the same for a private
    /// key, for every request for a certificate over it, and for every such certificate.
    std::string fingerprint() const;
    /// Is it on the curve P-256, as ES256 needs?
    bool is_p256() const;

  private:
    explicit PublicKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace tributary
