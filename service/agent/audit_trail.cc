#include "service/agent/audit_trail.h"

#include <iostream>

#include "agent/audit/audit_log.h"

namespace tributary {

void log_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details) {
    auto& files = system_files();
    AuditLog log(configuration.data_folder, configuration.site,
                 PrivateKey::load(files, configuration.repository.private_key), files, system_clock());
    log.append(event, details);
}

void append_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details) {
    try {
        log_audit_event(configuration, event, details);
    } catch (const Error& error) {
        throw Error(error.code(), "it is done, but the audit log could not be told of it (" +
                                      std::string(describe(event).name) + "): " + error.what());
    }
}

bool can_audit(const Configuration& configuration) {
    if (system_files().exists(configuration.repository.private_key)) {
        return true;
    }
    std::cerr << "tributary: warning: this computer has not the site's private key ("
              << configuration.repository.private_key.string() << "), so no audit log tells of it\n";
    return false;
}

void audit_key(const Configuration& configuration, AuditEvent event, const LinkageKey& key) {
    if (!can_audit(configuration)) {
        return;
    }
    append_audit_event(configuration, event,
                       {{"key", key.id()}, {"epoch", std::uint64_t{key.epoch()}}, {"fingerprint", key.fingerprint()}});
}

}  // namespace tributary
