#pragma once

#include "agent/audit/audit_event.h"
#include "agent/config/configuration.h"
#include "agent/keys/linkage_key.h"

namespace tributary {

/// Appends an event to the site's audit log, signed with the site's private key, while an agent may run beside. Throws
/// Error; then what the event tells of has happened all the same, and the text says so.
void append_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details);

/// The same before something is done: Error if it cannot be written, and then it must not be done.
void log_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details);

/// Whether this computer has the key that signs the site's audit log; a warning on standard error if not (the key
/// custodian's computer, an approver's, a site before its enrolment).
bool can_audit(const Configuration& configuration);

/// Of a linkage key that was stored in the site's key store, if can_audit().
void audit_key(const Configuration& configuration, AuditEvent event, const LinkageKey& key);

}  // namespace tributary
