#include "service/agent/reason.h"

#include "agent/audit/audit_event.h"

namespace tributary {
namespace {

constexpr std::size_t shortest_reason = 10;
constexpr std::size_t longest_reason = 500;

}  // namespace

Poco::Util::Option reason_option() {
    return {"reason", "r", "Why; it stands in the audit log for good.", false, "TEXT", true};
}

std::string reason_of(const CommandLine& line, const std::string& example) {
    auto reason = line.value("reason", "");
    if (reason.size() < shortest_reason) {
        throw UsageError("--reason is needed, in words that an auditor understands: --reason \"" + example + "\"");
    }
    check_audit_text(reason, longest_reason, "--reason");
    return reason;
}

}  // namespace tributary
