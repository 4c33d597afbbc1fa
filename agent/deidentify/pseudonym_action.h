#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `pseudonym`: `type`, `key` (an id, or a list of them while keys rotate: one output each, the newest first),
/// `domain`.
CompiledAction compile_pseudonym(MappingReader& options, const ActionContext& context);

}  // namespace tributary
