#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/keys/key_pair.h"

namespace tributary {

/// CMS AuthEnvelopedData (RFC 5083, RFC 5084), AES-256-GCM, one recipient, DER; `openssl cms -decrypt -inform DER`
/// opens it. The key travels by RSAES-OAEP or by ECDH with SHA-256. Thread-safe. Throws Error(key).
std::string seal(std::string_view plain, const Certificate& recipient);

/// Throws Error(key) if it was not sealed to this certificate, Error(corrupt) if its authentication tag or form is
/// wrong, Error(limit) beyond `limit` bytes. The tag covers the content; a few bytes of the frame around it (version
/// numbers) are covered by the manifest's digest of the sealed bytes alone.
std::string open_sealed(std::string_view sealed, const Certificate& recipient, const PrivateKey& key,
                        std::size_t limit);
/// The same for what was sealed to any of these, one at least.
std::string open_sealed(std::string_view sealed, std::span<const KeyPair> keys, std::size_t limit);

}  // namespace tributary
