#include "agent/audit/audit_log.h"

#include <algorithm>
#include <utility>

#include "agent/audit/audit_files.h"
#include "agent/audit/audit_line.h"
#include "agent/audit/audit_tail.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {

namespace {

constexpr std::uint64_t longest_head = 256U << 10U;  // of a JWS

}  // namespace

AuditLog::AuditLog(const std::filesystem::path& data_folder, std::string site, PrivateKey key, FileSystem& files,
                   Clock& clock, std::function<void(const std::string&)> warned, std::uint64_t rotate_bytes)
    : folder_(audit_folder(data_folder)),
      site_(std::move(site)),
      key_(std::move(key)),
      signer_(PublicKey::of(key_)),
      signer_fingerprint_(signer_.fingerprint()),
      files_(files),
      clock_(clock),
      warned_(std::move(warned)),
      rotate_bytes_(rotate_bytes) {}

void AuditLog::warn(const std::string& text) const {
    if (warned_) {
        warned_(text);
    }
}

AuditHead AuditLog::append(AuditEvent event, const AuditDetails& details) {
    check_details(event, details);
    const std::lock_guard guard(mutex_);
    if (!files_.exists(audit_head_file(folder_))) {
        files_.create_folders(folder_);
        files_.sync_folder(folder_.parent_path());
    }
    const auto lock = lock_audit_folder(folder_, clock_);
    return write(settle(), event, details);
}

std::optional<AuditHead> AuditLog::head() const {
    const auto path = audit_head_file(folder_);
    if (!files_.exists(path)) {
        return std::nullopt;
    }
    auto read = read_head(read_file(files_, path, longest_head), signer_);
    if (!read.signed_by_key) {
        throw Error(ErrorCode::corrupt, "the head of the audit log, '" + path.string() + "': " + read.fault);
    }
    return std::move(read.head);
}

AuditLog::Place AuditLog::behind(const AuditHead& head) {
    return {head.sequence, head.hash, head.file, head.end()};
}

/// A place to write at; events of its own come first.
AuditLog::Place AuditLog::settle() {
    const auto path = audit_head_file(folder_);
    if (files_.exists(path)) {
        const auto text = read_file(files_, path, longest_head);
        return settle(read_head(text, signer_), text);
    }
    if (!audit_file_numbers(files_, folder_).empty()) {
        return begin_anew("the signed head, audit.head, is missing", std::nullopt);
    }
    return behind(write({0, first_previous, 1, 0}, AuditEvent::log_begun, {{"site", site_}}));
}

AuditLog::Place AuditLog::settle(const ReadHead& read, const std::string& text) {
    const bool other_signer = read.head && read.head->signer != signer_fingerprint_;
    if (!read.signed_by_key && !other_signer) {
        return begin_anew("audit.head: " + read.fault, std::nullopt);
    }
    const auto& head = *read.head;
    if (head.site != site_) {
        throw Error(ErrorCode::configuration, "the audit log in '" + folder_.string() +
                                                  "' is of another site than the configuration; give this site a data "
                                                  "folder of its own");
    }
    const auto tail = audit_tail(files_, folder_, head);
    if (tail.state == AuditTail::State::other) {
        return begin_anew(tail.fault, head);
    }
    if (tail.state == AuditTail::State::unfinished) {
        // It may be that the head's name is not durable yet; a line must never be without its head.
        files_.sync_folder(folder_);
        write_line(head);
    }
    auto place = behind(head);
    if (other_signer) {
        place = behind(write(place, AuditEvent::signer_changed,
                             {{"from", head.signer},
                              {"to", signer_fingerprint_},
                              {"head", text.size() <= longest_kept_head ? text : std::string()}}));
    }
    if (tail.state == AuditTail::State::unfinished) {
        warn("the audit log's last line was cut off by a crash; it was written again from the signed head");
        place = behind(write(place, AuditEvent::log_recovered, {{"bytes", tail.missing}}));
    }
    return place;
}

AuditLog::Place AuditLog::begin_anew(const std::string& fault, const std::optional<AuditHead>& head) {
    warn("the audit log is not as it was left (" + fault + "); it goes on in a new file; run 'tributary audit verify'");
    const auto numbers = audit_file_numbers(files_, folder_);
    auto place = head ? behind(*head) : last_readable_line();
    place.file = std::max(place.file, numbers.empty() ? 0 : numbers.back()) + 1;
    place.offset = 0;
    const auto path = audit_head_file(folder_);
    if (!head && files_.exists(path)) {
        files_.rename(path, folder_ / ("audit.head.before-" + audit_file_name(place.file)));
    }
    return behind(write(place, AuditEvent::log_broken, {{"fault", fault}}));
}

AuditLog::Place AuditLog::last_readable_line() const {
    Place place{0, first_previous, 0, 0};
    const auto numbers = audit_file_numbers(files_, folder_);
    if (numbers.empty()) {
        return place;
    }
    const auto path = folder_ / audit_file_name(numbers.back());
    AuditFileReader reader(files_, path, files_.stamp(path).size);
    while (const auto line = reader.next()) {
        try {
            place.sequence = parse_audit_line(line->text).sequence;
            place.previous = audit_hash(line->text);
        } catch (const Error&) {
            continue;  // verify tells of it
        }
    }
    return place;
}

AuditHead AuditLog::write(const Place& place, AuditEvent event, const AuditDetails& details) {
    AuditLine line{place.sequence + 1, clock_.now(), std::string(describe(event).name), place.previous, details};
    AuditHead head;
    head.site = site_;
    head.line = to_text(line);
    head.sequence = line.sequence;
    head.hash = audit_hash(head.line);
    head.time = line.time;
    const bool rotate = place.offset >= rotate_bytes_;
    if (rotate) {
        sync_file(place);
    }
    head.file = rotate ? place.file + 1 : place.file;
    head.offset = rotate ? 0 : place.offset;
    head.signer = signer_fingerprint_;
    fault_point(FaultPoint::audit_before_head);
    write_file_durably(files_, audit_head_file(folder_), sign_head(head, key_));
    fault_point(FaultPoint::audit_between_head_and_line);
    write_line(head);
    return head;
}

void AuditLog::write_line(const AuditHead& head) {
    const auto path = folder_ / audit_file_name(head.file);
    try {
        const auto file = files_.open_at(path, head.offset);
        file->write(head.line + "\n");
        file->sync();
        file->close();
    } catch (const Error&) {
        // After a failed sync the line may be seen and yet never reach the disk; cut off, it is written anew.
        cut_off(path, head.offset);
        throw;
    }
    if (head.offset == 0) {
        files_.sync_folder(folder_);
    }
}

void AuditLog::cut_off(const std::filesystem::path& path, std::uint64_t offset) noexcept {
    try {
        files_.open_at(path, offset)->close();
    } catch (const Error&) {
        return;  // the first failure is the one to report
    }
}

/// Before the log leaves a file for good: its last line may be of a process that was killed before it had synced.
void AuditLog::sync_file(const Place& place) {
    const auto file = files_.open_at(folder_ / audit_file_name(place.file), place.offset);
    file->sync();
    file->close();
}

}  // namespace tributary
