#include "agent/audit/audit_event.h"

#include <algorithm>
#include <array>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

constexpr auto words = AuditKind::text;
constexpr auto count = AuditKind::number;

constexpr std::array log_begun{AuditMember{"site", words}};
constexpr std::array log_recovered{AuditMember{"bytes", count}};
constexpr std::array log_broken{AuditMember{"fault", words}};
constexpr std::array signer_changed{AuditMember{"from", words}, AuditMember{"to", words},
                                    AuditMember{"head", words, longest_kept_head}};
constexpr std::array linkage_key{AuditMember{"key", words}, AuditMember{"epoch", count},
                                 AuditMember{"fingerprint", words}};
constexpr std::array policy_changed{AuditMember{"stream", words}, AuditMember{"policy_sha256", words},
                                    AuditMember{"before", words}, AuditMember{"approver", words}};
constexpr std::array policy_approved{AuditMember{"stream", words}, AuditMember{"policy_sha256", words},
                                     AuditMember{"approver", words}};
constexpr std::array run_ended{AuditMember{"source", words},   AuditMember{"run", words},
                               AuditMember{"state", words},    AuditMember{"rows", count},
                               AuditMember{"rejected", count}, AuditMember{"chunks", count}};
constexpr std::array delivery{AuditMember{"chunks", count}, AuditMember{"bytes", count},
                              AuditMember{"last_chunk", words}, AuditMember{"last_receipt_sha256", words}};
constexpr std::array reidentified{AuditMember{"stream", words}, AuditMember{"field", words},
                                  AuditMember{"values", count}, AuditMember{"reason", words}};
constexpr std::array opt_out_list_changed{AuditMember{"stream", words}, AuditMember{"list", words},
                                          AuditMember{"listed", count}, AuditMember{"retracted", count}};
constexpr std::array chunk_discarded{AuditMember{"stream", words}, AuditMember{"chunk", words},
                                     AuditMember{"sequence", count}, AuditMember{"rows", count},
                                     AuditMember{"reason", words}};
constexpr std::array run_manifest_discarded{AuditMember{"source", words}, AuditMember{"run", words},
                                            AuditMember{"reason", words}};
constexpr std::array held_rows_discarded{AuditMember{"stream", words}, AuditMember{"number", count},
                                         AuditMember{"rows", count}, AuditMember{"reason", words}};
constexpr std::array queue_damaged{AuditMember{"file", words}, AuditMember{"chunks_saved", count},
                                   AuditMember{"lost", count}, AuditMember{"receipts_saved", count},
                                   AuditMember{"positions_lost", count}};
constexpr std::array repository_certificate_changed{AuditMember{"certificate", words}, AuditMember{"sha256", words}};
constexpr std::array reason_only{AuditMember{"reason", words}};

constexpr std::array table{
    AuditEventDescription{AuditEvent::log_begun, "log_begun", "The log of a site begins", log_begun},
    AuditEventDescription{AuditEvent::log_recovered, "log_recovered",
                          "The last line was cut off (a crash or power cut) and written again from the signed head",
                          log_recovered},
    AuditEventDescription{AuditEvent::log_broken, "log_broken",
                          "The log was not as its signed head says; it goes on in a new file", log_broken},
    AuditEventDescription{AuditEvent::signer_changed, "signer_changed", "The site signs with another key from here on",
                          signer_changed},
    AuditEventDescription{AuditEvent::key_created, "key_created", "A linkage key was made", linkage_key},
    AuditEventDescription{AuditEvent::key_imported, "key_imported", "A linkage key came from the custodian",
                          linkage_key},
    AuditEventDescription{AuditEvent::policy_changed, "policy_changed", "A stream runs under another policy",
                          policy_changed},
    AuditEventDescription{AuditEvent::policy_approved, "policy_approved", "A policy was approved", policy_approved},
    AuditEventDescription{AuditEvent::run_ended, "run_ended", "A run of a source ended", run_ended},
    AuditEventDescription{AuditEvent::delivery, "delivery", "The repository gave receipts for chunks", delivery},
    AuditEventDescription{AuditEvent::reidentified, "reidentified", "Encrypted values were opened", reidentified},
    AuditEventDescription{AuditEvent::opt_out_list_changed, "opt_out_list_changed", "A list of opt-outs changed",
                          opt_out_list_changed},
    AuditEventDescription{AuditEvent::chunk_discarded, "chunk_discarded", "A chunk in quarantine was thrown away",
                          chunk_discarded},
    AuditEventDescription{AuditEvent::run_manifest_discarded, "run_manifest_discarded",
                          "The manifest of a run in quarantine was thrown away", run_manifest_discarded},
    AuditEventDescription{AuditEvent::held_rows_discarded, "held_rows_discarded",
                          "Rows that the egress guard had held back were thrown away", held_rows_discarded},
    AuditEventDescription{AuditEvent::queue_damaged, "queue_damaged",
                          "The queue file was damaged and moved aside; what was whole of it was saved", queue_damaged},
    AuditEventDescription{AuditEvent::queue_lost, "queue_lost", "The queue file was gone, with all it held", {}},
    AuditEventDescription{AuditEvent::positions_accepted, "positions_accepted",
                          "Sources were let run again after the queue was damaged or lost", reason_only},
    AuditEventDescription{AuditEvent::repository_certificate_changed, "repository_certificate_changed",
                          "The repository has another certificate, of which it told signed with its key of before",
                          repository_certificate_changed},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].event != static_cast<AuditEvent>(i)) {
            return false;
        }
    }
    return table.size() == static_cast<std::size_t>(AuditEvent::repository_certificate_changed) + 1;
}
static_assert(in_order(), "describe() finds an event by its number");

}  // namespace

std::span<const AuditEventDescription> audit_events() noexcept {
    return table;
}

const AuditEventDescription& describe(AuditEvent event) noexcept {
    return table[static_cast<std::size_t>(event)];
}

std::optional<AuditEvent> audit_event_named(std::string_view name) noexcept {
    const auto* const found =
        std::find_if(table.begin(), table.end(), [&](const auto& description) { return description.name == name; });
    return found == table.end() ? std::nullopt : std::optional(found->event);
}

void check_audit_text(std::string_view text, std::size_t longest, const std::string& what) {
    const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::input, what + " " + why); };
    if (text.size() > longest) {
        refuse("is longer than the " + std::to_string(longest) + " bytes that the audit log takes");
    }
    while (!text.empty()) {
        const auto character = first_utf8_character(text);
        if (!character.valid || is_control_character(character.code_point)) {
            refuse("has characters that the audit log does not take (line ends, control characters, not UTF-8)");
        }
        text.remove_prefix(character.size);
    }
}

void check_details(AuditEvent event, const AuditDetails& details) {
    const auto& description = describe(event);
    const std::string name(description.name);
    if (details.size() != description.members.size()) {
        throw Error(ErrorCode::internal, "audit event " + name + ": it has other details than its table says");
    }
    for (const auto& member : description.members) {
        const auto detail = std::find_if(details.begin(), details.end(),
                                         [&](const AuditDetail& candidate) { return candidate.name == member.name; });
        const auto* const value = detail == details.end() ? nullptr : std::get_if<std::string>(&detail->value);
        if (detail == details.end() || (value != nullptr) != (member.kind == AuditKind::text)) {
            throw Error(ErrorCode::internal, "audit event " + name + ": the detail " + std::string(member.name) +
                                                 " is missing or of the wrong kind");
        }
        if (value != nullptr) {
            check_audit_text(*value, member.longest, "audit event " + name + ": the detail " + detail->name);
        }
    }
}

}  // namespace tributary
