#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `postcode`: `precision`, outward or sector.
CompiledAction compile_postcode(MappingReader& options, const ActionContext& context);

}  // namespace tributary
