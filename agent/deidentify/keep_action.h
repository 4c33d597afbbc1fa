#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `keep`: `allow`, a list of values or {pattern: ...}; everything if it is absent.
CompiledAction compile_keep(MappingReader& options, const ActionContext& context);

}  // namespace tributary
