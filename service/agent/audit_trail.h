#pragma once

#include "agent/audit/audit_event.h"
#include "agent/config/configuration.h"
#include "agent/keys/linkage_key.h"
#include "service/agent/command_line.h"

namespace tributary {

/// Appends an event to the site's audit log, signed with the site's private key, while an agent may run beside. Throws
/// Error; then what the event tells of has happened all the same, and the text says so.
void append_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details);

/// Of a linkage key that was stored in the configuration's key folder. With --output it went elsewhere (a key
/// custodian's computer), of which no site's log tells.
void audit_key(const CommandLine& line, AuditEvent event, const LinkageKey& key);

}  // namespace tributary
