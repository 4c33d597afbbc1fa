#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/deidentify/action_table.h"
#include "agent/deidentify/normalise.h"

namespace tributary {

enum class KeyUse { codes, encodings };

/// The linkage key that the option `key` names; nullptr, reported, if there is none.
const LinkageKey* find_key(MappingReader& options, const ActionContext& context, KeyUse use = KeyUse::codes);

/// The same for a list, the newest first: `key: [region-2027, region-2026]` or a single id; empty, reported, if one of
/// them is missing or named twice.
std::vector<const LinkageKey*> find_keys(MappingReader& options, const ActionContext& context);

/// The option `domain`: at most 64 letters, digits, '-', '_' and '.', one that each of the keys may be used for; empty,
/// reported, otherwise.
std::string read_domain(MappingReader& options, std::span<const LinkageKey* const> keys);

/// Whether the key may be used for the domain; reported at the option `key` if not.
bool require_domain(MappingReader& options, const LinkageKey& key, std::string_view domain);

/// The option `type`; nothing, reported, if it is missing or unknown.
std::optional<IdentifierType> read_identifier_type(MappingReader& options);

}  // namespace tributary
