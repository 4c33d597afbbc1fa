#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/keys/certificate.h"
#include "agent/keys/public_key.h"

namespace tributary {

/// JWS compact serialisation (RFC 7515), ES256 and nothing else. `payload` is a JSON object in the form that json_text
/// (json.h) writes; the signed bytes are exactly these (Error internal otherwise).
std::string sign_jws(std::string_view payload, const PrivateKey& key);

/// The payload's bytes after the signature was verified by the certificate's key. Any other algorithm, "none" included,
/// a wrong form, more than 256 KiB or a wrong signature: Error(refused), which says which of them.
std::string verify_jws(std::string_view compact, const Certificate& signer);
/// The same by a bare key; `name` says in the error whose it is.
std::string verify_jws(std::string_view compact, const PublicKey& signer, const std::string& name);
/// The payload's bytes of a compact JWS, believed of nobody: nothing is verified. None if it has not that form.
std::optional<std::string> unverified_payload(std::string_view compact);

}  // namespace tributary
