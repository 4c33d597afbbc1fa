#include "agent/deidentify/guard_patterns.h"

#include <algorithm>
#include <array>

#include "agent/deidentify/nhs_number.h"

namespace tributary {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_letter(char c) noexcept {
    return is_upper(c) || is_lower(c);
}
constexpr bool is_word(char c) noexcept {
    return is_digit(c) || is_letter(c);
}
constexpr char upper(char c) noexcept {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Digits in groups, as they stand in a text.
struct Groups {
    static constexpr std::size_t most = 24;

    struct Group {
        std::size_t first;  ///< into digits
        std::size_t place;  ///< in the text
        std::size_t size;
        char separator;  ///< what stands before it; '\0' for brackets and for the first one
    };
    // Left as they are on purpose: only what is written is read.
    std::array<char, 64> digits;
    std::array<Group, most> groups;
    std::size_t digit_count = 0;
    std::size_t count = 0;
    bool international = false;  ///< a plus sign stands before the first digit

    Groups() noexcept {}  // NOLINT(modernize-use-equals-default,cppcoreguidelines-pro-type-member-init)
};

constexpr std::size_t longest_number = 10;  // groups

/// The last group does not fit: reading goes on so far before it that no number is cut in two; or, if it is the only
/// one, and so longer than any number, behind it.
void skip_long_group(std::string_view text, std::size_t& at, Groups& found) noexcept {
    if (found.count > 0) {
        found.digit_count = found.groups[found.count].first;
        const std::size_t next = found.count < longest_number ? 1 : found.count - longest_number + 1;
        at = found.groups[next].place;
        return;
    }
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    found.count = 1;
}

/// Reads groups from `at` on and moves it behind them; of a run that is too long for Groups, behind all but the last
/// ten, so that no number is cut in two.
void read_groups(std::string_view text, std::size_t& at, Groups& found) noexcept {
    found.international = at > 0 && text[at - 1] == '+';
    char separator = '\0';
    while (found.count < Groups::most) {
        Groups::Group& group = found.groups[found.count];
        group = {found.digit_count, at, 0, separator};
        while (at < text.size() && is_digit(text[at]) && found.digit_count < found.digits.size()) {
            found.digits[found.digit_count++] = text[at++];
            ++group.size;
        }
        if (at < text.size() && is_digit(text[at])) {
            skip_long_group(text, at, found);
            return;
        }
        ++found.count;
        std::size_t next = at;
        separator = '\0';
        while (next < text.size() && (text[next] == '(' || text[next] == ')')) {
            ++next;
        }
        if (next < text.size() && (text[next] == ' ' || text[next] == '-')) {
            separator = next == at ? text[next] : '\0';
            ++next;
        }
        while (next < text.size() && (text[next] == '(' || text[next] == ')')) {
            separator = '\0';
            ++next;
        }
        if (next == at || next >= text.size() || !is_digit(text[next])) {
            return;
        }
        at = next;
    }
    at = found.groups[found.count - longest_number].place;
}

bool is_nhs_number(std::string_view digits) noexcept {
    std::array<char, 10> ignored{};
    return read_nhs_number(digits, ignored) == NhsNumberFault::none;
}

/// Whether the groups from `first` to before `end` are no part of a longer code: no letter or digit follows, and if
/// letters stand directly before, they are a word of their own ("NHS9434765919", but not "3f9434765919").
bool stand_alone(std::string_view text, const Groups& found, std::size_t first, std::size_t end) noexcept {
    const auto& last = found.groups[end - 1];
    const std::size_t behind = last.place + last.size;
    if (behind < text.size() && is_word(text[behind])) {
        return false;
    }
    std::size_t before = found.groups[first].place;
    while (before > 0 && is_letter(text[before - 1])) {
        --before;
    }
    return before == 0 || !is_digit(text[before - 1]);
}

/// Ten digits in whole groups from `first` on, with one separator between them.
bool nhs_number_from(std::string_view text, const Groups& found, std::size_t first) noexcept {
    constexpr std::size_t length = 10;
    const char separator = first + 1 < found.count ? found.groups[first + 1].separator : '\0';
    std::size_t size = 0;
    std::size_t end = first;
    for (; end < found.count && size < length; ++end) {
        if (end > first && (separator == '\0' || found.groups[end].separator != separator)) {
            return false;
        }
        size += found.groups[end].size;
    }
    return size == length && is_nhs_number({found.digits.data() + found.groups[first].first, length}) &&
           stand_alone(text, found, first, end);
}

bool is_phone_number(std::string_view digits) noexcept {
    constexpr std::size_t national = 11;
    return digits.size() == national && digits[0] == '0' && digits[1] != '0' && digits[1] != '4' && digits[1] != '6';
}

bool phone_from(std::string_view text, const Groups& found, std::size_t first) noexcept {
    const char* const begin = found.digits.data() + found.groups[first].first;
    if (first == 0 && found.international) {
        std::string_view digits(begin, found.digit_count);
        if (digits.starts_with("44")) {
            digits.remove_prefix(digits.substr(2).starts_with('0') ? 3 : 2);
            return digits.size() >= 10 && digits[0] != '0';
        }
        return false;
    }
    std::size_t size = 0;
    for (std::size_t i = first; i < found.count; ++i) {
        size += found.groups[i].size;
        if (is_phone_number({begin, size}) && stand_alone(text, found, first, i + 1)) {
            return true;
        }
    }
    return false;
}

/// The areas of Royal Mail's postcodes.
constexpr std::string_view areas =
    " AB AL B BA BB BD BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK "
    "FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP "
    "NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W "
    "WA WC WD WF WN WR WS WV YO ZE ";

bool is_area(char first, char second) noexcept {
    const std::array<char, 4> wanted{' ', first, second, ' '};
    return areas.find(std::string_view(wanted.data(), second == ' ' ? 3 : 4)) != std::string_view::npos;
}

/// An outward part in capitals: area, district.
bool is_outward(std::string_view text) noexcept {
    const std::size_t letters = text.size() > 1 && is_upper(text[1]) ? 2 : 1;
    if (text.size() <= letters || text.size() > letters + 2 || !is_upper(text[0]) || !is_digit(text[letters])) {
        return text == "GIR";
    }
    return is_area(text[0], letters == 2 ? text[1] : ' ');
}

}  // namespace

std::string_view to_string(GuardKind kind) noexcept {
    switch (kind) {
        case GuardKind::nhs_number:
            return "nhs_number";
        case GuardKind::postcode:
            return "postcode";
        case GuardKind::email:
            return "email";
        case GuardKind::phone:
            return "phone";
        case GuardKind::ni_number:
            return "ni_number";
        case GuardKind::known_value:
            break;
    }
    return "known_value";
}

std::optional<GuardKind> match_numbers(std::string_view text, std::size_t& at) noexcept {
    constexpr std::size_t fewest = 10;
    Groups found;
    read_groups(text, at, found);
    if (found.digit_count < fewest) {
        return std::nullopt;
    }
    if (found.international && phone_from(text, found, 0)) {
        return GuardKind::phone;
    }
    for (std::size_t i = 0; i < found.count; ++i) {
        if (nhs_number_from(text, found, i)) {
            return GuardKind::nhs_number;
        }
    }
    for (std::size_t i = 0; i < found.count; ++i) {
        if (phone_from(text, found, i)) {
            return GuardKind::phone;
        }
    }
    return std::nullopt;
}

bool match_postcode(std::string_view text, std::size_t inward) noexcept {
    constexpr std::string_view unused = "CIKMOV";  // never in the last two letters
    constexpr std::size_t longest_outward = 4;
    if (inward < 2 || inward + 3 > text.size() || (inward + 3 < text.size() && is_word(text[inward + 3])) ||
        unused.find(upper(text[inward + 1])) != std::string_view::npos ||
        unused.find(upper(text[inward + 2])) != std::string_view::npos) {
        return false;
    }
    const std::size_t end = text[inward - 1] == ' ' ? inward - 1 : inward;
    std::size_t begin = end;
    while (begin > 0 && is_word(text[begin - 1])) {
        if (end - begin == longest_outward) {
            return false;
        }
        --begin;
    }
    const auto written = text.substr(begin, inward + 3 - begin);
    if (std::any_of(written.begin(), written.end(), is_upper) &&
        std::any_of(written.begin(), written.end(), is_lower)) {
        return false;
    }
    std::array<char, longest_outward> outward{};
    std::size_t size = 0;
    for (std::size_t i = begin; i < end && size < outward.size(); ++i) {
        outward[size++] = upper(text[i]);
    }
    return is_outward({outward.data(), size});
}

bool match_ni_number(std::string_view text, std::size_t at) noexcept {
    constexpr std::size_t length = 9;
    if (at > 0 && is_word(text[at - 1])) {
        return false;
    }
    std::array<char, length> number{};
    std::size_t size = 0;
    bool capitals = false;
    bool small = false;
    while (at < text.size() && size < length) {
        if (text[at] == ' ' && size >= 2 && size % 2 == 0) {
            ++at;
            if (at == text.size() || text[at] == ' ') {
                return false;
            }
        }
        const bool letter = size < 2 || size == length - 1;
        if (letter ? !is_letter(text[at]) : !is_digit(text[at])) {
            return false;
        }
        capitals |= is_upper(text[at]);
        small |= is_lower(text[at]);
        number[size++] = upper(text[at++]);
    }
    const std::string_view prefix(number.data(), 2);
    const auto one_of = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
    if (size < length || (capitals && small) || (at < text.size() && is_word(text[at])) ||
        one_of(prefix[0], "DFIQUV") || one_of(prefix[1], "DFIQUVO") || number[length - 1] > 'D') {
        return false;
    }
    for (const std::string_view never : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}) {
        if (prefix == never) {
            return false;
        }
    }
    return true;
}

bool match_email(std::string_view text, std::size_t at) noexcept {
    const auto is_local = [](char c) {
        return is_word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'' ||
               static_cast<signed char>(c) < 0;
    };
    if (at == 0 || !is_local(text[at - 1]) || text[at - 1] == '.') {
        return false;
    }
    std::size_t labels = 0;
    std::size_t last = 0;  // characters of the last label
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (is_word(text[i]) || text[i] == '-' || static_cast<signed char>(text[i]) < 0) {
            labels += last == 0 ? 1 : 0;
            ++last;
        } else if (text[i] == '.' && last > 0) {
            if (labels >= 2 && last >= 2) {
                return true;
            }
            last = 0;
        } else {
            break;
        }
    }
    return labels >= 2 && last >= 2;
}

}  // namespace tributary
