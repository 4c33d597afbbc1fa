#include "agent/audit/audit_tail.h"

#include <algorithm>

#include "agent/audit/audit_files.h"

namespace tributary {

namespace {

/// At most `most` bytes from `offset` on.
std::string bytes_from(FileSystem& files, const std::filesystem::path& path, std::uint64_t offset, std::size_t most) {
    const auto file = files.open_for_reading(path);
    file->seek(offset);
    std::string bytes(most, '\0');
    std::size_t held = 0;
    while (held < most) {
        const auto count = file->read({bytes.data() + held, most - held});
        if (count == 0) {
            break;
        }
        held += count;
    }
    bytes.resize(held);
    return bytes;
}

AuditTail other(std::string fault) {
    AuditTail tail;
    tail.fault = std::move(fault);
    return tail;
}

}  // namespace

AuditTail audit_tail(FileSystem& files, const std::filesystem::path& folder, const AuditHead& head) {
    const auto name = audit_file_name(head.file);
    const auto path = folder / name;
    const auto numbers = audit_file_numbers(files, folder);
    if (!numbers.empty() && numbers.back() > head.file) {
        return other(audit_file_name(numbers.back()) + " is newer than the signed head");
    }
    const bool there = !numbers.empty() && numbers.back() == head.file;
    if (!there && head.offset > 0) {
        return other(name + ", in which the signed head stands, is missing");
    }
    const std::uint64_t size = there ? files.stamp(path).size : 0;
    if (size < head.offset) {
        return other(name + " ends before the signed head: lines are missing");
    }
    if (size > head.end()) {
        return other(name + " goes on after the signed head");
    }
    const auto whole = head.line + "\n";
    const auto found = there ? bytes_from(files, path, head.offset, whole.size()) : std::string();
    if (found == whole) {
        return {AuditTail::State::finished, 0, {}};
    }
    // After a power cut a file may have its new length while its last blocks hold zeros.
    const auto written = static_cast<std::size_t>(
        std::mismatch(found.begin(), found.end(), whole.begin(), whole.end()).first - found.begin());
    if (found.find_first_not_of('\0', written) != std::string::npos) {
        return other("the last line of " + name + " is not the one that the head signs");
    }
    return {AuditTail::State::unfinished, whole.size() - written, {}};
}

}  // namespace tributary
