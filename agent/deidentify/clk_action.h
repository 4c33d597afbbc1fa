#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `clk`: `schema`, a linkage schema of clkhash (version 3) beside the policy; `key`, a linkage key of its own, whose
/// 32 bytes are clkhash's secret; `features`, from the schema's identifiers to fields where they are not called alike.
/// What leaves is the encoding in base64; null where a value does not fit the schema, or where nothing is there to
/// encode. Encodings can be attacked by who knows how names are spread, so they leave in a stream of their own, never
/// beside anything else (PolicyCompiler sees to it).
CompiledAction compile_clk(MappingReader& options, const ActionContext& context);

}  // namespace tributary
