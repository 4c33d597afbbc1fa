#include "agent/deidentify/opt_out_list.h"

#include <algorithm>
#include <array>
#include <string>

#include "agent/deidentify/nhs_number.h"
#include "agent/deidentify/normalise.h"
#include "agent/platform/error.h"
#include "agent/schedule/time_text.h"

namespace tributary {
namespace {

constexpr unsigned range_bits = 14;
constexpr std::uint32_t beyond = 1'000'000'000;
constexpr std::size_t longest_line = 1000;
constexpr std::size_t most_numbers = 50'000'000;  // more than people live in England: not this kind of list

std::uint32_t number_of(std::string_view digits) noexcept {
    std::uint32_t number = 0;
    for (const char digit : digits.substr(0, 9)) {
        number = number * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return number;
}

/// Takes a list apart line by line.
class ListReader {
  public:
    ListReader(std::string name, std::vector<std::uint32_t>& numbers) : name_(std::move(name)), numbers_(numbers) {}

    void read(std::string_view bytes) {
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t end = bytes.find('\n', at);
            if (end == std::string_view::npos) {
                append(bytes.substr(at));
                return;
            }
            if (part_.empty()) {
                take(bytes.substr(at, end - at));
            } else {
                append(bytes.substr(at, end - at));
                take(part_);
                part_.clear();
            }
            at = end + 1;
        }
    }

    /// How many numbers it had.
    std::size_t finish() const {
        if (!part_.empty()) {
            throw Error(ErrorCode::input, name_ + ", line " + std::to_string(line_) +
                                              ": the list ends in the middle of a line; was it written whole? Every "
                                              "line ends with a line feed, the last one too");
        }
        return count_;
    }

  private:
    void append(std::string_view bytes) {
        part_ += bytes;
        if (part_.size() > longest_line) {
            fault();
        }
    }

    [[noreturn]] void fault() const {
        throw Error(ErrorCode::input, name_ + ", line " + std::to_string(line_) +
                                          ": this is no NHS number (ten digits with a right check digit, one a line); "
                                          "nobody can be left out by it, so nothing leaves until it is corrected");
    }

    void take(std::string_view line) {
        if (line.size() > longest_line) {
            fault();  // as append() says of one that reaches over two pieces
        }
        line = trim_ascii(line);
        if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) {
            line.remove_prefix(3);
        }
        if (line.ends_with(',')) {
            line = trim_ascii(line.substr(0, line.size() - 1));
        }
        if (!line.empty() && line.front() != '#') {
            std::array<char, 10> digits{};
            if (read_nhs_number(line, digits) != NhsNumberFault::none || numbers_.size() == most_numbers) {
                fault();
            }
            numbers_.push_back(number_of({digits.data(), digits.size()}));
            ++count_;
        }
        ++line_;
    }

    std::string name_;
    std::vector<std::uint32_t>& numbers_;
    std::string part_;  // of a line that the next piece ends
    std::uint64_t line_ = 1;
    std::size_t count_ = 0;
};

}  // namespace

OptOutList::OptOutList(std::vector<std::uint32_t> numbers) : numbers_(std::move(numbers)) {
    std::sort(numbers_.begin(), numbers_.end());
    numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
    first_of_.resize((beyond >> range_bits) + 2);
    std::size_t at = 0;
    for (std::size_t range = 0; range < first_of_.size(); ++range) {
        while (at < numbers_.size() && numbers_[at] >> range_bits < range) {
            ++at;
        }
        first_of_[range] = static_cast<std::uint32_t>(at);
    }
}

bool OptOutList::contains(std::string_view nhs_number) const noexcept {
    const std::uint32_t number = number_of(nhs_number);
    const std::size_t range = number >> range_bits;
    const auto begin = numbers_.begin() + first_of_[range];
    const auto end = numbers_.begin() + first_of_[range + 1];
    return std::binary_search(begin, end, number);
}

std::shared_ptr<const OptOutList> OptOutLists::current() {
    std::vector<FileStamp> stamps;
    for (const auto& file : settings_.lists) {
        stamps.push_back(files_.stamp(file));
        check_age(file, stamps.back());
    }
    if (list_ != nullptr && stamps == stamps_) {
        return list_;
    }
    list_.reset();
    std::vector<std::uint32_t> numbers;
    std::size_t bytes = 0;
    for (const FileStamp& stamp : stamps) {
        bytes += static_cast<std::size_t>(stamp.size);
    }
    constexpr std::size_t shortest_line = 11;
    numbers.reserve(std::min(bytes / shortest_line + 1, most_numbers));
    std::vector<char> buffer(64U << 10U);
    for (const auto& file : settings_.lists) {
        ListReader reader(file.string(), numbers);
        const auto input = files_.open_for_reading(file);
        while (const std::size_t size = input->read(buffer)) {
            reader.read({buffer.data(), size});
        }
        if (reader.finish() == 0 && !settings_.empty_lists) {
            throw Error(ErrorCode::input, file.string() +
                                              ": the opt-out list names nobody; if that is right, write "
                                              "'empty_lists: true' under 'opt_out'");
        }
    }
    list_ = std::make_shared<const OptOutList>(std::move(numbers));
    stamps_ = std::move(stamps);
    return list_;
}

void OptOutLists::check_age(const std::filesystem::path& file, const FileStamp& stamp) const {
    if (!stamp.regular) {
        throw Error(ErrorCode::input, file.string() + ": the opt-out list is no plain file");
    }
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch());
    const auto changed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds(stamp.modified_ns));
    constexpr std::chrono::hours clocks_differ(24);
    if (changed - now > clocks_differ) {
        throw Error(ErrorCode::input, file.string() +
                                          ": the opt-out list's time of change is more than a day ahead of this "
                                          "machine's clock, so that nobody can tell its age; set the clock right, or "
                                          "fetch the list anew");
    }
    if (now - changed > settings_.max_age) {
        throw Error(ErrorCode::input, file.string() + ": the opt-out list was last changed more than " +
                                          duration_text(settings_.max_age) +
                                          " ago ('max_age'); nothing leaves until there is a newer one");
    }
}

}  // namespace tributary
