#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/audit/audit_event.h"
#include "agent/platform/clock.h"

namespace tributary {

/// One line of the log: a JSON object in the form of json_text (agent/keys/json.h), without its line end.
/// {"details":{…},"event":"run_ended","previous":"<SHA-256 of the line before, hexadecimal>","sequence":7,"time":"…"}
struct AuditLine {
    std::uint64_t sequence = 0;  ///< from 1 on, without gaps
    TimePoint time;
    std::string event;     ///< by name: a newer version may have written an event that this one does not know
    std::string previous;  ///< of the first line: 64 zeros
    AuditDetails details;  ///< in alphabetical order
};

/// Bytes. The longest that check_details lets through is shorter: a kept head, or four texts with each byte escaped.
inline constexpr std::size_t longest_audit_line = 64U << 10U;
inline const std::string first_previous(64, '0');

std::string to_text(const AuditLine& line);
/// Throws Error(input) that says what is wrong: another form than to_text writes, a member too many or too few.
AuditLine parse_audit_line(std::string_view text);
/// SHA-256 of a line's text, hexadecimal: what the next line has as `previous`.
std::string audit_hash(std::string_view text);

}  // namespace tributary
