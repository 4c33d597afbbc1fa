#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `postcode`: `precision`, outward, sector, or lookup: the area that a local table (`table`, a CSV file beside the
/// policy) has in its column `to` for the postcode in its column `from`.
CompiledAction compile_postcode(MappingReader& options, const ActionContext& context);

}  // namespace tributary
