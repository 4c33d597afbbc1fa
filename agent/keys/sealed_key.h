#pragma once

#include <string>
#include <string_view>

#include "agent/keys/certificate.h"
#include "agent/keys/key_file.h"
#include "agent/keys/linkage_key.h"
#include "agent/keys/site_keyring.h"

namespace tributary {

/// How a linkage key travels from the custodian to one site: the key file (key_file.h) with "site", sealed to that
/// site's certificate as CMS AuthEnvelopedData (envelope.h), in PEM under the label CMS. Nobody else opens it, and a
/// change is noticed; `openssl cms -decrypt -inform PEM -in FILE -recip site.pem -inkey site.key` opens it too. Who
/// sealed it is not proved, since anyone can seal to a certificate: the site compares the fingerprint with the
/// custodian's.
constexpr std::size_t sealed_key_limit = 64U << 10U;  // bytes

/// The site that a certificate is made out to. `name` stands in errors. Throws Error(key) if its common name is no
/// site code, if nothing can be sealed to it, or if it is not valid at `now`.
std::string site_to_seal_to(const Certificate& certificate, const std::string& name, TimePoint now);

/// Throws Error(key).
std::string seal_linkage_key(const LinkageKey& key, const Certificate& site_certificate);

/// Whether a file's content is, or was before it was damaged, a sealed key and not a key in the clear. PEM and DER.
bool is_sealed_key(std::string_view content) noexcept;

/// The key, if it is sealed to a certificate of these and made out to this site. Throws Error(key), naming the file:
/// cut off or damaged, sealed to another certificate, made out to another site or to none.
LinkageKey open_linkage_key(std::string_view content, const std::string& name, const std::string& site,
                            const SiteKeyring& keys);

}  // namespace tributary
