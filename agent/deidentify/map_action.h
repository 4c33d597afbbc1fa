#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `map`: `values`, a table; `else`: null (the default), keep, or other (the text "other").
CompiledAction compile_map(MappingReader& options, const ActionContext& context);

}  // namespace tributary
