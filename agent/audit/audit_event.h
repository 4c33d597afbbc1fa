#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tributary {

/// What the audit log tells of. One table (audit_event.cc) gives each its name, its sentence and its details.
enum class AuditEvent {
    log_begun,               ///< the first line of a site's log
    log_recovered,           ///< a crash had cut off the last line; it was written again from the signed head
    log_broken,              ///< the log was not as the signed head says; it goes on in a new file, the old one stays
    signer_changed,          ///< the site's key is another one from here on
    key_created,             ///< a linkage key was made
    key_imported,            ///< a linkage key came from the custodian
    policy_changed,          ///< a stream runs under another policy than the last time that was logged
    policy_approved,         ///< an approver has signed a policy's hash at this site
    run_ended,               ///< a source's run ended, however
    delivery,                ///< a round of deliveries delivered something
    reidentified,            ///< encrypted values were opened, with a reason
    opt_out_list_changed,    ///< a list of opted-out people is another one than the last time that was logged
    chunk_discarded,         ///< a chunk that the repository refused for good was thrown away, with a reason
    run_manifest_discarded,  ///< of a run that is over, which the repository refused for good, with a reason
    held_rows_discarded,     ///< rows that the egress guard had held back were thrown away, with a reason
    queue_damaged,           ///< the queue file was damaged and moved aside; what was whole of it is in a new one
    queue_lost,              ///< the queue file was gone, with all it held
    positions_accepted,      ///< after that, a person let the sources run again, with a reason
    repository_certificate_changed,  ///< the repository told of another certificate, which is used from here on
};

enum class AuditKind { text, number };

/// The name of a detail, its kind, and for text how many bytes it may have.
struct AuditMember {
    std::string_view name;
    AuditKind kind = AuditKind::text;
    std::size_t longest = 1024;
};

/// One row of the table.
struct AuditEventDescription {
    AuditEvent event{};
    std::string_view name;      ///< as it stands in the log
    std::string_view sentence;  ///< for people
    std::span<const AuditMember> members;
};

/// Every event, in the order of the enumeration.
std::span<const AuditEventDescription> audit_events() noexcept;
const AuditEventDescription& describe(AuditEvent event) noexcept;
/// None for a name that this version does not know.
std::optional<AuditEvent> audit_event_named(std::string_view name) noexcept;

/// Names, ids, hashes, counts, the reason that a person gave. Never a value of a record.
using AuditValue = std::variant<std::string, std::uint64_t>;
/// Of a head that stands in the log (signer_changed); a longer one is left out.
inline constexpr std::size_t longest_kept_head = 32U << 10U;

struct AuditDetail {
    std::string name;
    AuditValue value;
};
using AuditDetails = std::vector<AuditDetail>;

/// Throws Error(input), naming `what`, for a text of more than `longest` bytes, one that is no UTF-8, or one with
/// control characters, which could make a line read as another.
void check_audit_text(std::string_view text, std::size_t longest, const std::string& what);

/// Throws Error(internal) unless the details are the event's, each once and of its kind; Error(input) as
/// check_audit_text.
void check_details(AuditEvent event, const AuditDetails& details);

}  // namespace tributary
