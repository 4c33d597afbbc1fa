#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `age`: whole years from the field (a date of birth) to `at`, another date field, or the run's date if it is absent;
/// `band`: 5 gives "40-44"; `top`: 90 gives "90+" from there on. Someone born on 29 February is a year older on 1 March
/// of other years. Invalid: "not_a_date", "no_reference_date" (`at` has none), "born_later", "implausible" (more than
/// 130 years).
CompiledAction compile_age(MappingReader& options, const ActionContext& context);

}  // namespace tributary
