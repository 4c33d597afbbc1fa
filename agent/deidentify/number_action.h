#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `number`: at least one of `round: 10` (to the nearest multiple, halves away from zero), `bin: 10` (down to the
/// multiple below: the lower end of the value's bin), `bottom`, `top` (smaller and larger values become these, before
/// they are rounded). Steps and ends are decimal numbers such as 0.5. Reads a decimal number with a point, whole-number
/// and floating columns as they are; what leaves is a decimal number with as many places as the step, or the value as
/// it was read if there is no step. Invalid: "not_a_number", also without a finite value or beyond 10^15.
CompiledAction compile_number(MappingReader& options, const ActionContext& context);

}  // namespace tributary
