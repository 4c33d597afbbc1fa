#pragma once

#include "agent/deidentify/action_table.h"

namespace tributary {

/// `date_shift`: `patient` (the field that holds the person's identifier), `type` of that identifier, `key`, `domain`,
/// `window` (days, 1 to 3,650; 182 if absent), `keep_weekday` (whole weeks; false if absent). All dates of one person
/// move by the same number of days, from -window to window and never 0:
///
///     steps * ((n % (2 * count)) - count, and one more if that is not negative)
///     n = first 8 bytes, big-endian, of HMAC-SHA256(K, encode(type) || encode(normalised identifier))
///     K = HKDF-SHA256(linkage key, no salt, info = "tributary date shift v1" || domain), 32 bytes
///
/// with steps of 1 or 7 days, `count` of them in the window, and encode as for pseudonyms. The time of day is left out.
CompiledAction compile_date_shift(MappingReader& options, const ActionContext& context);

}  // namespace tributary
