#pragma once

#include <openssl/x509.h>

#include <string>

#include "agent/keys/digest.h"
#include "agent/keys/openssl.h"

namespace tributary::openssl {

/// SHA-256 of the DER form of a SubjectPublicKeyInfo, lower-case hexadecimal.
inline std::string public_key_fingerprint(const X509_PUBKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(key, &der);
    if (size <= 0) {
        throw Error(ErrorCode::key, "a public key cannot be read");
    }
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
        der, [](unsigned char* memory) { OPENSSL_free(memory); });
    return to_hex(sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}));
}

}  // namespace tributary::openssl
