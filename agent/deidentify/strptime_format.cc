#include "agent/deidentify/strptime_format.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "agent/record/civil_date.h"

namespace tributary {
namespace {

/// Far beyond any date; bounds what a run of white space can cost.
constexpr std::size_t longest_text = 128;

constexpr std::array<std::string_view, 12> month_names = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr unsigned digit(char c) noexcept {
    return static_cast<unsigned>(c - '0');
}
/// Of str.isspace: ASCII's.
constexpr bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}
constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_name(std::string_view text, std::string_view name) noexcept {
    if (text.size() < name.size()) {
        return false;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (lower(text[i]) != name[i]) {
            return false;
        }
    }
    return true;
}

struct Range {
    unsigned least;
    unsigned most;
};

}  // namespace

const StrptimeFormat::Directive StrptimeFormat::directives[9] = {
    {'Y', Part::year, 'y'},       {'y', Part::short_year, 'y'},
    {'m', Part::month, 'm'},      {'b', Part::short_month_name, 'm'},
    {'B', Part::month_name, 'm'}, {'d', Part::day, 'd'},
    {'H', Part::hour, 'H'},       {'M', Part::minute, 'M'},
    {'S', Part::second, 'S'}};

std::optional<StrptimeFormat> StrptimeFormat::compile(std::string_view pattern, std::string& fault) {
    StrptimeFormat format;
    std::string named;
    if (pattern.size() > longest_text) {
        fault = "is longer than 128 characters";
        return std::nullopt;
    }
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_space(pattern[i])) {
            if (i == 0 || !is_space(pattern[i - 1])) {
                format.elements_.push_back({Part::space, ' '});
            }
            continue;
        }
        const char letter = pattern[i] != '%' ? '%' : ++i < pattern.size() ? pattern[i] : '\0';
        if (letter == '%') {  // a character that stands for itself, or %%
            format.elements_.push_back({Part::literal, lower(pattern[i])});
            continue;
        }
        const auto* const found = std::find_if(std::begin(directives), std::end(directives),
                                               [&](const auto& one) { return one.letter == letter; });
        if (found == std::end(directives)) {
            fault = "may hold the directives %Y %y %m %b %B %d %H %M %S and %% alone";
            return std::nullopt;
        }
        if (named.find(found->names) != std::string::npos) {
            fault = "names the year, the month or another part twice";
            return std::nullopt;
        }
        named += found->names;
        format.elements_.push_back({found->part, '\0'});
    }
    if (named.find_first_of("ymd") == std::string::npos) {
        fault = "names no part of a date; %Y-%m-%d, for one, does";
        return std::nullopt;
    }
    return format;
}

bool StrptimeFormat::normalise(std::string_view text, char (&out)[8]) const noexcept {
    Fields fields;
    if (text.size() > longest_text) {
        return false;
    }
    // As with Python, the first match counts, and no other is sought so that the text may end with it.
    const auto end = match(0, text, 0, fields);
    if (!end || *end != text.size() || fields.year < 1000 || fields.day > days_in_month(fields.year, fields.month)) {
        return false;
    }
    unsigned number = fields.year * 10'000 + fields.month * 100 + fields.day;
    for (std::size_t i = sizeof out; i-- > 0; number /= 10) {
        out[i] = static_cast<char>('0' + number % 10);
    }
    return true;
}

std::optional<std::size_t> StrptimeFormat::match(std::size_t element, std::string_view text, std::size_t at,
                                                 Fields& fields) const noexcept {
    if (element == elements_.size()) {
        return at;
    }
    switch (elements_[element].part) {
        case Part::space:
            return match_space(element, text, at, fields);
        case Part::literal:
            return at < text.size() && lower(text[at]) == elements_[element].literal
                       ? match(element + 1, text, at + 1, fields)
                       : std::nullopt;
        case Part::month_name:
        case Part::short_month_name:
            return match_name(element, text, at, fields);
        default:
            return match_number(element, text, at, fields);
    }
}

std::optional<std::size_t> StrptimeFormat::match_space(std::size_t element, std::string_view text, std::size_t at,
                                                       Fields& fields) const noexcept {
    std::size_t end = at;
    while (end < text.size() && is_space(text[end])) {
        ++end;
    }
    for (; end > at; --end) {
        if (const auto found = match(element + 1, text, end, fields)) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> StrptimeFormat::match_name(std::size_t element, std::string_view text, std::size_t at,
                                                      Fields& fields) const noexcept {
    const bool whole = elements_[element].part == Part::month_name;
    for (std::size_t i = 0; i < month_names.size(); ++i) {
        const auto name = whole ? month_names[i] : month_names[i].substr(0, 3);
        if (starts_with_name(text.substr(at), name)) {
            fields.month = static_cast<unsigned>(i + 1);
            return match(element + 1, text, at + name.size(), fields);
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> StrptimeFormat::match_number(std::size_t element, std::string_view text, std::size_t at,
                                                        Fields& fields) const noexcept {
    const Part part = elements_[element].part;
    const auto rest = text.substr(at);
    const auto take = [&](unsigned value, std::size_t size) {
        if (part == Part::year) {
            fields.year = value;
        } else if (part == Part::short_year) {
            fields.year = value + (value <= 68 ? 2000U : 1900U);  // POSIX, strptime()
        } else if (part == Part::month) {
            fields.month = value;
        } else if (part == Part::day) {
            fields.day = value;
        }
        return match(element + 1, text, at + size, fields);
    };
    const std::size_t digits = part == Part::year ? 4 : 2;
    unsigned value = 0;
    std::size_t count = 0;
    for (; count < digits && count < rest.size() && is_digit(rest[count]); ++count) {
        value = value * 10 + digit(rest[count]);
    }
    if (part == Part::year || part == Part::short_year) {
        return count == digits ? take(value, digits) : std::nullopt;
    }
    static constexpr Range months{1, 12}, days{1, 31}, hours{0, 23}, sixties{0, 59};
    const Range range = part == Part::month ? months : part == Part::day ? days : part == Part::hour ? hours : sixties;
    if (count == 2 && value >= range.least && value <= range.most) {
        if (const auto found = take(value, 2)) {
            return found;
        }
    }
    if (count >= 1 && digit(rest[0]) >= range.least) {
        return take(digit(rest[0]), 1);
    }
    if (part == Part::day && rest.size() >= 2 && rest[0] == ' ' && is_digit(rest[1]) && rest[1] != '0') {
        return take(digit(rest[1]), 2);
    }
    return std::nullopt;
}

}  // namespace tributary
