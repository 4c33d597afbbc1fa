#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `pseudonym`: `type`, `key` (an id), `domain`.
CompiledAction compile_pseudonym(MappingReader& options, const ActionContext& context);

}  // namespace tributary
