#include "service/agent/audit_trail.h"

#include "agent/audit/audit_log.h"

namespace tributary {

void append_audit_event(const Configuration& configuration, AuditEvent event, const AuditDetails& details) {
    auto& files = system_files();
    try {
        AuditLog log(configuration.data_folder, configuration.site,
                     PrivateKey::load(files, configuration.repository.private_key), files, system_clock());
        log.append(event, details);
    } catch (const Error& error) {
        throw Error(error.code(), "it is done, but the audit log could not be told of it (" +
                                      std::string(describe(event).name) + "): " + error.what());
    }
}

void audit_key(const CommandLine& line, AuditEvent event, const LinkageKey& key) {
    if (line.has("output")) {
        return;
    }
    Diagnostics diagnostics;
    const auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    append_audit_event(configuration, event,
                       {{"key", key.id()}, {"epoch", std::uint64_t{key.epoch()}}, {"fingerprint", key.fingerprint()}});
}

}  // namespace tributary
