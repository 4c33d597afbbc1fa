#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/deidentify/nhs_number.h"
#include "agent/deidentify/opt_out_list.h"
#include "tests/fuzz/memory_file.h"

namespace {

using namespace tributary;

/// The list, or nothing and the fault. A fault names the file, and no number of it.
std::shared_ptr<const OptOutList> read(std::string_view bytes, std::size_t piece, bool empty_lists,
                                       std::string& fault) {
    constexpr std::size_t shortest_number = 9;
    MemoryFile files(bytes, piece);
    OptOutSettings settings{"n", {"list.txt"}, std::chrono::hours(24 * 365 * 200), empty_lists};
    try {
        return OptOutLists(settings, files, system_clock()).current();
    } catch (const Error& error) {
        fault = error.what();
    }
    std::size_t run = 0;
    for (const char c : fault) {
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        if (run >= shortest_number) {
            std::abort();
        }
    }
    if (fault.find("list.txt") == std::string::npos) {
        std::abort();
    }
    return nullptr;
}

/// The people of a list that was taken: each line is a number, nothing, or a remark; nothing if one is not.
std::optional<std::set<std::string>> people(std::string_view bytes) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    std::set<std::string> numbers;
    bool first = true;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        std::string digits;
        bool remark = false;
        for (std::string_view line = bytes.substr(0, end); !line.empty(); line.remove_prefix(1)) {
            if (first && line.starts_with(byte_order_mark)) {
                line.remove_prefix(byte_order_mark.size() - 1);
            } else if (line.front() == '#' && digits.empty()) {
                remark = true;
                break;
            } else if (line.front() >= '0' && line.front() <= '9') {
                digits += line.front();
            }
            first = false;
        }
        std::array<char, 10> read{};
        if (!remark && !digits.empty()) {
            if (read_nhs_number(digits, read) != NhsNumberFault::none) {
                return std::nullopt;
            }
            numbers.insert(digits);
        }
        first = false;
        bytes.remove_prefix(end + 1);
    }
    return numbers;
}

}  // namespace

// A list is refused with its place, or every number of it is found and nobody else is counted; in whatever pieces the
// file is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const bool empty_lists : {false, true}) {
        std::string fault;
        const auto whole = read(bytes, std::numeric_limits<std::size_t>::max(), empty_lists, fault);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
            std::string other_fault;
            const auto other = read(bytes, piece, empty_lists, other_fault);
            if (fault != other_fault || (whole && (!other || whole->size() != other->size()))) {
                std::abort();
            }
        }
        if (whole == nullptr) {
            continue;
        }
        const auto expected = people(bytes);
        if (!expected || expected->size() != whole->size() || (!empty_lists && whole->size() == 0)) {
            std::abort();
        }
        for (const std::string& number : *expected) {
            if (!whole->contains(number)) {
                std::abort();
            }
        }
    }
    return 0;
}
