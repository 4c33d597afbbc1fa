#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `openpseudonymiser`: the digest of www.openpseudonymiser.org, to join data that was pseudonymised that way: SHA-256,
/// in upper-case hexadecimal digits, of the inputs' values in the alphabetical order of the inputs' names, then the
/// salt. `inputs`: from its name for an input to the field, as in {NHSNumber: nhs_number, DOB: dob}. The
/// input NHSNumber is read as an NHS number; other values lose white space at both ends. `salt`: file:
/// and a path beside the policy; the file's bytes, less line ends at its end. `accept_weak: true` is asked for: whoever
/// learns the salt reverses every digest in half a minute. Invalid: "missing_input", and an NHS number's reasons.
CompiledAction compile_openpseudonymiser(MappingReader& options, const ActionContext& context);

}  // namespace tributary
