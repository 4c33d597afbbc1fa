#pragma once

#include "agent/deidentify/action_table.h"
#include "agent/keys/siv.h"

namespace tributary {

/// "tributary-encrypt-v1": base32_lower(AES-256-SIV(K, value)) with K = HKDF-SHA256(key, no salt, info = "tributary
/// encrypt v1" || domain), 64 bytes. Equal values give equal texts.
inline constexpr std::string_view encrypt_algorithm = "tributary-encrypt-v1";

/// The cipher of one key and one domain; what `tributary reidentify` opens with.
Siv encryption_cipher(const LinkageKey& key, std::string_view domain);

/// `encrypt`: `key`, `domain`. The key must be this site's own: whoever has it can read what was encrypted.
CompiledAction compile_encrypt(MappingReader& options, const ActionContext& context);

}  // namespace tributary
