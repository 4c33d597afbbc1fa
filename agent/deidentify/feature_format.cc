#include "agent/deidentify/feature_format.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>

#include "agent/deidentify/normalise.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

/// sys.get_int_max_str_digits() of Python 3.11.
constexpr std::size_t most_digits = 4300;

/// Characters whose upper case is more than one (Unicode's SpecialCasing.txt, unconditional) and that utf8proc, which
/// knows single characters alone, leaves as they are.
struct Span {
    char32_t first;
    char32_t last;
};
constexpr Span special_upper_case[] = {
    {0x149, 0x149},   {0x1f0, 0x1f0},   {0x390, 0x390},   {0x3b0, 0x3b0},   {0x587, 0x587},   {0x1e96, 0x1e9a},
    {0x1f50, 0x1f50}, {0x1f52, 0x1f52}, {0x1f54, 0x1f54}, {0x1f56, 0x1f56}, {0x1f88, 0x1f8f}, {0x1f98, 0x1f9f},
    {0x1fa8, 0x1faf}, {0x1fb2, 0x1fb2}, {0x1fb4, 0x1fb4}, {0x1fb6, 0x1fb7}, {0x1fbc, 0x1fbc}, {0x1fc2, 0x1fc2},
    {0x1fc4, 0x1fc4}, {0x1fc6, 0x1fc7}, {0x1fcc, 0x1fcc}, {0x1fd2, 0x1fd3}, {0x1fd6, 0x1fd7}, {0x1fe2, 0x1fe4},
    {0x1fe6, 0x1fe7}, {0x1ff2, 0x1ff2}, {0x1ff4, 0x1ff4}, {0x1ff6, 0x1ff7}, {0x1ffc, 0x1ffc}, {0xfb00, 0xfb06},
    {0xfb13, 0xfb17}};

bool changes_in_upper_case(char32_t character) noexcept {
    const auto code_point = static_cast<utf8proc_int32_t>(character);
    return utf8proc_toupper(code_point) != code_point ||
           std::any_of(std::begin(special_upper_case), std::end(special_upper_case),
                       [&](const Span& span) { return character >= span.first && character <= span.last; });
}

bool changes_in_lower_case(char32_t character) noexcept {
    const auto code_point = static_cast<utf8proc_int32_t>(character);
    return utf8proc_tolower(code_point) != code_point;
}

/// Whether the text is the same in that case, as str.upper() or str.lower() would have it.
bool has_case(std::string_view text, TextCase letters) noexcept {
    while (!text.empty()) {
        const char first = text.front();
        if (static_cast<unsigned char>(first) < 0x80U) {
            if (letters == TextCase::upper ? first >= 'a' && first <= 'z' : first >= 'A' && first <= 'Z') {
                return false;
            }
            text.remove_prefix(1);
            continue;
        }
        const auto character = first_utf8_character(text);
        if (letters == TextCase::upper ? changes_in_upper_case(character.code_point)
                                       : changes_in_lower_case(character.code_point)) {
            return false;
        }
        text.remove_prefix(character.size);
    }
    return true;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

bool fits(const TextFormat& format, std::string_view value, std::string& pattern_room) {
    if (format.encoding == TextEncoding::ascii && !is_ascii(value)) {
        return false;
    }
    if (format.pattern) {
        return format.pattern->matches(value, pattern_room);
    }
    if (format.shortest > 0 || format.longest) {
        const auto characters = count_characters(value);
        if (characters < format.shortest || (format.longest && characters > *format.longest)) {
            return false;
        }
    }
    return format.letters == TextCase::mixed || has_case(value, format.letters);
}

/// Two numbers in integer_form.
bool is_less(std::string_view a, std::string_view b) noexcept {
    const bool a_below_zero = a.front() == '-';
    if (a_below_zero != (b.front() == '-')) {
        return a_below_zero;
    }
    const bool shorter = a.size() != b.size() ? a.size() < b.size() : a < b;
    return a_below_zero ? a != b && !shorter : shorter;
}

bool within(const IntegerFormat& format, std::string_view number) {
    char digits[24];
    const auto text_of = [&](std::int64_t bound) {
        return std::string_view(
            digits, static_cast<std::size_t>(std::to_chars(std::begin(digits), std::end(digits), bound).ptr - digits));
    };
    return !(format.minimum && is_less(number, text_of(*format.minimum))) &&
           !(format.maximum && is_less(text_of(*format.maximum), number));
}

}  // namespace

std::size_t count_characters(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string_view strip(std::string_view text) noexcept {
    // Python also takes the four separators U+001C to U+001F for white space.
    const auto separator = [](char c) { return c >= '\x1c' && c <= '\x1f'; };
    for (;;) {
        const std::size_t before = text.size();
        text = trim_white_space(text);
        while (!text.empty() && separator(text.front())) {
            text.remove_prefix(1);
        }
        while (!text.empty() && separator(text.back())) {
            text.remove_suffix(1);
        }
        if (text.size() == before) {
            return text;
        }
    }
}

std::optional<std::string_view> integer_form(std::string_view text, std::string& scratch) {
    text = strip(text);
    const bool below_zero = !text.empty() && text.front() == '-';
    if (!text.empty() && (below_zero || text.front() == '+')) {
        text.remove_prefix(1);
    }
    if (text.empty() || text.size() > 2 * most_digits) {
        return std::nullopt;
    }
    scratch.assign(below_zero ? "-" : "");
    const std::size_t sign = scratch.size();
    std::size_t digits = 0;
    bool after_digit = false;
    for (const char character : text) {
        if (character >= '0' && character <= '9') {
            after_digit = true;
            ++digits;
            if (character != '0' || scratch.size() > sign) {
                scratch.push_back(character);
            }
        } else if (character == '_' && after_digit) {
            after_digit = false;
        } else {
            return std::nullopt;
        }
    }
    if (!after_digit || digits > most_digits) {
        return std::nullopt;
    }
    return scratch.size() == sign ? std::string_view("0") : std::string_view(scratch);
}

std::optional<std::string_view> normal_form(const FeatureFormat& format, std::string_view value,
                                            FormatScratch& scratch) {
    if (const auto* text = std::get_if<TextFormat>(&format)) {
        return fits(*text, value, scratch.pattern_room) ? std::optional(value) : std::nullopt;
    }
    if (const auto* date = std::get_if<DateValueFormat>(&format)) {
        return date->format.normalise(value, scratch.date)
                   ? std::optional(std::string_view(scratch.date, sizeof scratch.date))
                   : std::nullopt;
    }
    if (const auto* choice = std::get_if<ChoiceFormat>(&format)) {
        scratch.text.assign(value);
        return choice->values.contains(scratch.text) ? std::optional(value) : std::nullopt;
    }
    const auto number = integer_form(value, scratch.text);
    return number && within(std::get<IntegerFormat>(format), *number) ? number : std::nullopt;
}

TextEncoding encoding_of(const FeatureFormat& format) noexcept {
    const auto* text = std::get_if<TextFormat>(&format);
    return text != nullptr ? text->encoding : TextEncoding::utf_8;
}

}  // namespace tributary
