#include "agent/keys/public_key.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include <array>
#include <string_view>

#include "agent/keys/digest.h"
#include "agent/keys/openssl.h"

namespace tributary {

namespace {

/// SubjectPublicKeyInfo, DER.
std::string public_half(EVP_PKEY* key) {
    auto der = key == nullptr ? std::string{} : openssl::der_of(key, i2d_PUBKEY);
    if (der.empty()) {
        throw Error(ErrorCode::key, "the public half of the key cannot be read");
    }
    return der;
}

/// A key of its own, so that no private half stays behind it.
std::shared_ptr<EVP_PKEY> copy_of(EVP_PKEY* key) {
    const auto der = public_half(key);
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    std::shared_ptr<EVP_PKEY> copy(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size())), &EVP_PKEY_free);
    if (!copy) {
        throw Error(ErrorCode::key, "the public half of the key cannot be read");
    }
    return copy;
}

}  // namespace

PublicKey PublicKey::of(const Certificate& certificate) {
    const openssl::ErrorScope scope;
    std::shared_ptr<EVP_PKEY> key(X509_get_pubkey(certificate.get()), &EVP_PKEY_free);
    if (!key) {
        throw Error(ErrorCode::key, "the certificate's public key cannot be read");
    }
    return PublicKey(std::move(key));
}

PublicKey PublicKey::of(const PrivateKey& key) {
    const openssl::ErrorScope scope;
    return PublicKey(copy_of(key.get()));
}

PublicKey PublicKey::of(const CertificateRequest& request) {
    const openssl::ErrorScope scope;
    std::shared_ptr<EVP_PKEY> key(X509_REQ_get_pubkey(request.get()), &EVP_PKEY_free);
    if (!key) {
        throw Error(ErrorCode::key, "the public key of the certificate request cannot be read");
    }
    return PublicKey(std::move(key));
}

std::string PublicKey::fingerprint() const {
    const openssl::ErrorScope scope;
    return to_hex(sha256(public_half(get())));
}

bool PublicKey::is_p256() const {
    const openssl::ErrorScope scope;
    return openssl::is_p256(get());
}

}  // namespace tributary
