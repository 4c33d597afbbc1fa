#include "agent/deidentify/postcode.h"

#include "agent/deidentify/normalise.h"

namespace tributary {
namespace {

constexpr std::size_t inward_length = 3;

constexpr bool is_letter(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// One or two letters, a digit, and at most one digit or letter more. No district begins with a nought that another
/// digit follows: S01 is a slip for SO1.
bool is_outward(std::string_view text) noexcept {
    const std::size_t letters = text.size() > 1 && is_letter(text[1]) ? 2 : 1;
    const bool slip = text.size() == letters + 2 && text[letters] == '0' && is_digit(text[letters + 1]);
    return text.size() > letters && text.size() <= letters + 2 && is_letter(text[0]) && is_digit(text[letters]) &&
           !slip;
}

bool is_inward(std::string_view text) noexcept {
    return is_digit(text[0]) && is_letter(text[1]) && is_letter(text[2]);
}

}  // namespace

ReadPostcode read_postcode(std::string_view text) noexcept {
    text = trim_ascii(text);
    ReadPostcode result;
    if (text.empty()) {
        result.fault = PostcodeFault::empty;
        return result;
    }
    result.fault = PostcodeFault::not_a_postcode;
    bool spaced = false;
    for (const char character : text) {
        if (character == ' ') {
            spaced = true;
            continue;
        }
        const char upper = character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
        if (result.size == result.characters.size() || (!is_letter(upper) && !is_digit(upper))) {
            return result;
        }
        result.characters[result.size++] = upper;
    }
    const std::string_view code = result.text();
    const bool whole = code.size() > inward_length && is_inward(code.substr(code.size() - inward_length));
    const auto outward = whole ? code.substr(0, code.size() - inward_length) : code;
    const bool girobank = outward == "GIR" && (!whole || code.substr(inward_length) == "0AA");
    if ((!is_outward(outward) && !girobank) || (!whole && spaced)) {
        return result;
    }
    result.outward = outward.size();
    result.fault = outward == "ZZ99" ? PostcodeFault::pseudo_postcode : PostcodeFault::none;
    return result;
}

ReducedPostcode reduce_postcode(std::string_view text, PostcodePrecision precision) noexcept {
    const ReadPostcode read = read_postcode(text);
    ReducedPostcode result;
    result.fault = read.fault;
    if (read.fault == PostcodeFault::none && precision == PostcodePrecision::sector && !read.whole()) {
        result.fault = PostcodeFault::not_a_postcode;
    }
    if (result.fault != PostcodeFault::none) {
        return result;
    }
    for (const char character : read.text().substr(0, read.outward)) {
        result.characters[result.size++] = character;
    }
    if (precision == PostcodePrecision::sector) {
        result.characters[result.size++] = ' ';
        result.characters[result.size++] = read.characters[read.outward];
    }
    return result;
}

}  // namespace tributary
