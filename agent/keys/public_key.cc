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
    unsigned char* der = nullptr;
    const int size = key == nullptr ? -1 : i2d_PUBKEY(key, &der);
    if (size <= 0) {
        throw Error(ErrorCode::key, "the public half of the key cannot be read");
    }
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
        der, [](unsigned char* memory) { OPENSSL_free(memory); });
    return {reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
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
    return PublicKey(copy_of(X509_get0_pubkey(certificate.get())));
}

PublicKey PublicKey::of(const PrivateKey& key) {
    const openssl::ErrorScope scope;
    return PublicKey(copy_of(key.get()));
}

std::string PublicKey::fingerprint() const {
    const openssl::ErrorScope scope;
    return to_hex(sha256(public_half(get())));
}

bool PublicKey::is_p256() const {
    const openssl::ErrorScope scope;
    std::array<char, 64> group{};
    return EVP_PKEY_is_a(get(), "EC") == 1 &&
           EVP_PKEY_get_group_name(get(), group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == SN_X9_62_prime256v1;
}

}  // namespace tributary
