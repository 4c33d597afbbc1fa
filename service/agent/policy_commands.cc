#include <Poco/Util/Option.h>

#include <iostream>

#include "agent/deidentify/policy_approval.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/stream_policy.h"

namespace tributary {

namespace {

int hash(const CommandLine& line) {
    std::cout << stream_policy(line).policy->hash() << '\n';
    return exit_ok;
}

int approve(const CommandLine& line) {
    if (!line.has("key") || !line.has("certificate")) {
        throw UsageError("--key and --certificate are needed: the approver's own, not the site's");
    }
    auto& files = system_files();
    const auto certificate = Certificate::load(files, line.value("certificate", {}));
    const auto key = PrivateKey::load(files, line.value("key", {}));
    const auto stream = stream_policy(line);
    const PolicyApproval approval{stream.policy->stream(), stream.policy->hash(), system_clock().now(),
                                  certificate.common_name()};
    const auto file = approval_file(stream.file);
    write_file_durably(files, file, sign_approval(approval, certificate, key) + "\n");
    std::cout << "Approved the policy of stream '" << approval.stream << "', hash " << approval.policy_sha256 << ", in "
              << file.string() << ".\n";
    if (!can_audit(stream.configuration)) {
        return exit_ok;
    }
    append_audit_event(
        stream.configuration, AuditEvent::policy_approved,
        {{"stream", approval.stream}, {"policy_sha256", approval.policy_sha256}, {"approver", approval.approver}});
    return exit_ok;
}

}  // namespace

std::vector<Command> policy_commands() {
    Command hash_command;
    hash_command.name = "policy hash";
    hash_command.arguments = "STREAM";
    hash_command.summary = "Show the hash of a stream's policy, which manifests and approvals name.";
    hash_command.description =
        "SHA-256 over what the policy does: comments and layout do not count, every rule and option does.\n"
        "Example: tributary policy hash admissions";
    hash_command.options = configuration_options();
    hash_command.fewest = 1;
    hash_command.most = 1;
    hash_command.run = hash;
    Command approve_command;
    approve_command.name = "policy approve";
    approve_command.arguments = "STREAM";
    approve_command.summary = "Sign a stream's policy as it is now, as an approver.";
    approve_command.description =
        "Writes POLICY.approval beside the policy. With 'require_approval: true' the agent runs a policy only with the "
        "approval of one of the 'approvers' that its configuration names. Any change to what the policy does needs a "
        "new approval; an approval stays valid when the approver's certificate expires after it.\n"
        "Example: tributary policy approve admissions --key approver.key --certificate approver.pem";
    approve_command.options = configuration_options();
    approve_command.options.addOption(
        Poco::Util::Option("key", "k", "The approver's private key (EC P-256, PEM).", false, "FILE", true));
    approve_command.options.addOption(
        Poco::Util::Option("certificate", "", "The approver's certificate (PEM).", false, "FILE", true));
    approve_command.fewest = 1;
    approve_command.most = 1;
    approve_command.run = approve;
    return {hash_command, approve_command};
}

}  // namespace tributary
