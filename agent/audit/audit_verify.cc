#include "agent/audit/audit_verify.h"

#include <algorithm>

#include "agent/audit/audit_files.h"
#include "agent/audit/audit_line.h"
#include "agent/audit/audit_tail.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t most_faults = 100;
constexpr std::uint64_t longest_head = 256U << 10U;
/// A clock that is set right moves by less.
constexpr auto clock_correction = std::chrono::minutes(1);

/// Head and length of the log at one moment.
struct Snapshot {
    std::vector<std::uint64_t> numbers;
    std::uint64_t last_size = 0;
    std::optional<std::string> head;
    std::optional<AuditTail> tail;  ///< if the head has its form
};

/// None where this process may not lock; then nobody who may is expected to write.
std::unique_ptr<FolderLock> lock_if_allowed(const std::filesystem::path& folder, Clock& clock) {
    try {
        return lock_audit_folder(folder, clock);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::in_use) {
            throw;
        }
        return nullptr;
    }
}

Snapshot snapshot(FileSystem& files, const std::filesystem::path& folder, Clock& clock,
                  const std::vector<PublicKey>& signers) {
    const auto lock = lock_if_allowed(folder, clock);
    Snapshot found;
    found.numbers = audit_file_numbers(files, folder);
    if (!found.numbers.empty()) {
        found.last_size = files.stamp(folder / audit_file_name(found.numbers.back())).size;
    }
    if (const auto path = audit_head_file(folder); files.exists(path)) {
        found.head = read_file(files, path, longest_head);
        if (const auto read = read_head(*found.head, signers.front()); read.head) {
            found.tail = audit_tail(files, folder, *read.head);
        }
    }
    return found;
}

const std::string* text_detail(const AuditLine& line, std::string_view name) {
    for (const auto& detail : line.details) {
        if (detail.name == name) {
            return std::get_if<std::string>(&detail.value);
        }
    }
    return nullptr;
}

class Verifier {
  public:
    Verifier(FileSystem& files, std::filesystem::path folder, const std::vector<PublicKey>& signers,
             const std::vector<AuditAnchor>& anchors)
        : files_(files), folder_(std::move(folder)), signers_(signers), anchors_(anchors) {}

    AuditVerification verify(const Snapshot& log);

  private:
    void read_file_number(std::uint64_t number, std::uint64_t end, bool last);
    void see_line(const AuditFileReader::Line& text);
    void see_chain(const AuditLine& line);
    void see_time(const AuditLine& line);
    void see_event(const AuditLine& line);
    void see_signer(const AuditLine& line);
    void see_head(const Snapshot& log);
    void see_anchors();

    std::string here() const { return place_ + ":" + std::to_string(line_number_) + ": "; }
    void fault(const std::string& text);
    void note(const std::string& text);

    FileSystem& files_;
    std::filesystem::path folder_;
    const std::vector<PublicKey>& signers_;
    std::vector<AuditAnchor> anchors_;  // those not found yet
    AuditVerification result_;

    std::string previous_ = first_previous;  // what the next line must state
    std::uint64_t sequence_ = 0;             // of the line before
    std::string place_;                      // the file's name
    std::uint64_t line_number_ = 0;
    std::optional<std::uint64_t> unfinished_at_;  // in the last file: where the line begins that a crash cut off
};

void Verifier::fault(const std::string& text) {
    result_.state = AuditVerification::State::broken;
    if (result_.faults.size() < most_faults) {
        result_.faults.push_back(text);
    }
}

void Verifier::note(const std::string& text) {
    if (result_.notes.size() < most_faults) {
        result_.notes.push_back(text);
    }
}

AuditVerification Verifier::verify(const Snapshot& log) {
    if (log.numbers.empty() && !log.head) {
        fault("there is no audit log in '" + folder_.string() + "'; the agent begins one when it starts");
        return std::move(result_);
    }
    if (log.tail && log.tail->state == AuditTail::State::unfinished) {
        unfinished_at_ = read_head(*log.head, signers_.front()).head->offset;
    }
    std::uint64_t expected = 1;
    for (const auto number : log.numbers) {
        for (; expected < number && expected < number + most_faults; ++expected) {
            fault(audit_file_name(expected) + " is missing");
        }
        expected = number + 1;
        const bool last = number == log.numbers.back();
        read_file_number(number, last ? log.last_size : files_.stamp(folder_ / audit_file_name(number)).size, last);
    }
    see_head(log);
    see_anchors();
    return std::move(result_);
}

void Verifier::read_file_number(std::uint64_t number, std::uint64_t end, bool last) {
    place_ = audit_file_name(number);
    line_number_ = 0;
    AuditFileReader reader(files_, folder_ / place_, end);
    while (const auto line = reader.next()) {
        ++line_number_;
        if (last && !line->complete && line->offset == unfinished_at_) {
            return;  // see_head tells of it
        }
        see_line(*line);
    }
}

void Verifier::see_line(const AuditFileReader::Line& text) {
    ++result_.lines;
    if (!text.complete) {
        fault(here() + "the line is cut off");
    }
    try {
        const auto line = parse_audit_line(text.text);
        see_chain(line);
        see_time(line);
        see_event(line);
        sequence_ = line.sequence;
    } catch (const Error& error) {
        fault(here() + error.what());
        ++sequence_;
    }
    previous_ = audit_hash(text.text);
    std::erase_if(anchors_,
                  [&](const AuditAnchor& anchor) { return anchor.sequence == sequence_ && anchor.hash == previous_; });
}

void Verifier::see_chain(const AuditLine& line) {
    if (line.sequence != sequence_ + 1) {
        fault(here() + "its number is " + std::to_string(line.sequence) + " where " + std::to_string(sequence_ + 1) +
              " is due: lines were removed, put in or moved");
    }
    if (line.previous != previous_) {
        fault(here() +
              "the line before it is not the one that was there when it was written: that one was changed, "
              "removed or moved");
    }
    const bool begins = line.event == describe(AuditEvent::log_begun).name;
    if (begins != (line.sequence == 1)) {
        fault(here() +
              (begins ? "a log begins in the middle of another" : "the log does not begin with its first line"));
    }
}

void Verifier::see_time(const AuditLine& line) {
    if (result_.last && line.time + clock_correction < *result_.last) {
        note(here() + "its time is before the time of the line before it: was the computer's clock set back?");
    }
    result_.first = result_.first.value_or(line.time);
    result_.last = line.time;
}

void Verifier::see_event(const AuditLine& line) {
    const auto event = audit_event_named(line.event);
    if (!event) {
        note(here() + "this version does not know its event '" + line.event + "'");
    } else if (*event == AuditEvent::log_broken) {
        const auto* const why = text_detail(line, "fault");
        fault(here() + "at this point the agent found the log changed or cut off: " + (why != nullptr ? *why : ""));
    } else if (*event == AuditEvent::log_recovered) {
        note(here() + "the line before it was cut off by a crash and written again from the signed head");
    } else if (*event == AuditEvent::signer_changed) {
        see_signer(line);
    }
}

void Verifier::see_signer(const AuditLine& line) {
    const auto* const kept = text_detail(line, "head");
    const bool signed_before =
        kept != nullptr && std::any_of(signers_.begin(), signers_.end(), [&](const PublicKey& signer) {
            const auto read = read_head(*kept, signer);
            return read.signed_by_key && read.head->sequence + 1 == line.sequence && read.head->hash == line.previous;
        });
    if (!signed_before) {
        fault(here() +
              "the site's key changed here, and no certificate is given that verifies what was before; give "
              "the certificate of that time too (--certificate FILE)");
    }
}

void Verifier::see_head(const Snapshot& log) {
    if (!log.head) {
        fault("audit.head is missing: nothing tells where the log ends");
        return;
    }
    auto read = read_head(*log.head, signers_.front());
    for (std::size_t i = 1; i < signers_.size() && read.head && !read.signed_by_key; ++i) {
        if (auto other = read_head(*log.head, signers_[i]); other.signed_by_key) {
            read = std::move(other);
            note("audit.head is signed by an earlier key of the site");
        }
    }
    if (!read.signed_by_key) {
        fault("audit.head: " + read.fault);
        return;
    }
    result_.head = read.head;
    if (log.tail->state == AuditTail::State::other) {
        fault(log.tail->fault);
    } else if (log.tail->state == AuditTail::State::unfinished) {
        const auto line = parse_audit_line(read.head->line);
        place_ = "audit.head";
        line_number_ = 1;
        see_chain(line);
        note("the last line is cut off by " + std::to_string(log.tail->missing) +
             " bytes, as by a crash or power cut; it stands in the signed head, and the next event writes it again");
        if (result_.state == AuditVerification::State::sound) {
            result_.state = AuditVerification::State::unfinished;
        }
        std::erase_if(anchors_, [&](const AuditAnchor& anchor) {
            return anchor.sequence == read.head->sequence && anchor.hash == read.head->hash;
        });
    }
}

void Verifier::see_anchors() {
    for (const auto& anchor : anchors_) {
        fault("the log does not hold line " + std::to_string(anchor.sequence) +
              " with the hash that was noted of it: it is another log, or an older state of this one");
    }
}

}  // namespace

AuditVerification verify_audit_log(FileSystem& files, const std::filesystem::path& data_folder, Clock& clock,
                                   const std::vector<PublicKey>& signers, const std::vector<AuditAnchor>& anchors) {
    if (signers.empty()) {
        throw Error(ErrorCode::internal, "an audit log is verified by somebody's key");
    }
    const auto folder = audit_folder(data_folder);
    const auto log = files.exists(folder) ? snapshot(files, folder, clock, signers) : Snapshot{};
    return Verifier(files, folder, signers, anchors).verify(log);
}

}  // namespace tributary
