#include "agent/audit/audit_files.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include "agent/audit/audit_line.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::string_view prefix = "audit-";
constexpr std::string_view suffix = ".log";
constexpr std::size_t fewest_digits = 6;
constexpr std::chrono::milliseconds longest_wait = std::chrono::seconds(10);
/// An append takes a few milliseconds.
constexpr std::chrono::milliseconds between_tries(5);

std::optional<std::uint64_t> number_in(std::string_view name) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) {
        return std::nullopt;
    }
    const auto digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    // Only the one way of writing a number: two files of one number would be two truths.
    const bool ours = fault == std::errc{} && end == digits.data() + digits.size() && audit_file_name(number) == name;
    return ours && number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::filesystem::path audit_folder(const std::filesystem::path& data_folder) {
    return data_folder / "audit";
}

std::filesystem::path audit_head_file(const std::filesystem::path& folder) {
    return folder / "audit.head";
}

std::string audit_file_name(std::uint64_t number) {
    auto digits = std::to_string(number);
    digits.insert(0, fewest_digits - std::min(fewest_digits, digits.size()), '0');
    return std::string(prefix).append(digits).append(suffix);
}

std::vector<std::uint64_t> audit_file_numbers(FileSystem& files, const std::filesystem::path& folder) {
    std::vector<std::uint64_t> numbers;
    if (!files.exists(folder)) {
        return numbers;
    }
    for (const auto& name : files.list(folder)) {
        if (const auto number = number_in(name)) {
            numbers.push_back(*number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::unique_ptr<FolderLock> lock_audit_folder(const std::filesystem::path& folder, Clock& clock) {
    const auto give_up = clock.steady() + longest_wait;
    std::mutex mutex;
    std::condition_variable nobody;
    for (;;) {
        try {
            return std::make_unique<FolderLock>(folder);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::in_use || clock.steady() >= give_up) {
                throw;
            }
        }
        std::unique_lock lock(mutex);
        clock.wait_for(nobody, lock, between_tries, [] { return false; });
    }
}

AuditFileReader::AuditFileReader(FileSystem& files, const std::filesystem::path& path, std::uint64_t end)
    : file_(files.open_for_reading(path)), left_(end) {}

bool AuditFileReader::fill() {
    constexpr std::uint64_t piece = 256U << 10U;
    block_.erase(0, at_);
    at_ = 0;
    const auto held = block_.size();
    block_.resize(held + static_cast<std::size_t>(std::min(piece, left_)));
    const auto count = block_.size() == held ? 0 : file_->read({block_.data() + held, block_.size() - held});
    block_.resize(held + count);
    left_ = count == 0 ? 0 : left_ - count;
    return count > 0;
}

std::optional<AuditFileReader::Line> AuditFileReader::next() {
    Line line;
    line.offset = offset_;
    for (;;) {
        const auto end = block_.find('\n', at_);
        const auto stop = end == std::string::npos ? block_.size() : end;
        const auto room = longest_audit_line + 1 - std::min(line.text.size(), longest_audit_line + 1);
        line.text.append(block_, at_, std::min(stop - at_, room));
        offset_ += stop - at_;
        at_ = stop;
        if (end != std::string::npos) {
            ++at_;
            ++offset_;
            line.complete = true;
            break;
        }
        if (!fill()) {
            break;
        }
    }
    line.too_long = line.text.size() > longest_audit_line;
    return offset_ == line.offset ? std::nullopt : std::optional(std::move(line));
}

}  // namespace tributary
