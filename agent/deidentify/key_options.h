#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/deidentify/action_table.h"
#include "agent/deidentify/normalise.h"

namespace tributary {

/// The linkage key that the option `key` names; nullptr, reported, if there is none.
const LinkageKey* find_key(MappingReader& options, const ActionContext& context);

/// The same for a list, the newest first: `key: [region-2027, region-2026]` or a single id; empty, reported, if one of
/// them is missing or named twice.
std::vector<const LinkageKey*> find_keys(MappingReader& options, const ActionContext& context);

/// The option `domain`: at most 64 letters, digits, '-', '_' and '.'; empty, reported, otherwise.
std::string read_domain(MappingReader& options);

/// The option `type`; nothing, reported, if it is missing or unknown.
std::optional<IdentifierType> read_identifier_type(MappingReader& options);

}  // namespace tributary
