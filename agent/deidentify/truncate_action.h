#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `truncate`: `length`, in characters (Unicode code points).
CompiledAction compile_truncate(MappingReader& options, const ActionContext& context);

}  // namespace tributary
