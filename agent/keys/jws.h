#pragma once

#include <string>
#include <string_view>

#include "agent/keys/certificate.h"

namespace tributary {

/// JWS compact serialisation (RFC 7515), ES256 and nothing else. `payload` is a JSON object in the form that json_text
/// (json.h) writes; the signed bytes are exactly these (Error internal otherwise).
std::string sign_jws(std::string_view payload, const PrivateKey& key);

/// The payload's bytes after the signature was verified by the certificate's key. Any other algorithm, "none" included,
/// a wrong form, more than 256 KiB or a wrong signature: Error(refused), which says which of them.
std::string verify_jws(std::string_view compact, const Certificate& signer);

}  // namespace tributary
