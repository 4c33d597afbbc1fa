#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `scrub`: free text less identifiers (scrubber.h). `known`: the record's own identifiers, fields and what each is
/// (name, date, nhs_number, postcode, phone, email, identifier, address); dates are read in the stream's formats.
/// Compiles with `accept_residual_risk: true` only. Invalid: "not_utf8", "residual_identifier" (something of an
/// identifier's form could not be taken out).
CompiledAction compile_scrub(MappingReader& options, const ActionContext& context);

}  // namespace tributary
