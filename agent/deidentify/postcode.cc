#include "agent/deidentify/postcode.h"

#include "agent/deidentify/normalise.h"

namespace tributary {
namespace {

constexpr std::size_t inward_length = 3;
constexpr std::size_t longest_postcode = 7;

constexpr bool is_letter(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// One or two letters, a digit, and at most one digit or letter more.
bool is_outward(std::string_view text) noexcept {
    const std::size_t letters = text.size() > 1 && is_letter(text[1]) ? 2 : 1;
    return text.size() > letters && text.size() <= letters + 2 && is_letter(text[0]) && is_digit(text[letters]);
}

bool is_inward(std::string_view text) noexcept {
    return is_digit(text[0]) && is_letter(text[1]) && is_letter(text[2]);
}

}  // namespace

ReducedPostcode reduce_postcode(std::string_view text, PostcodePrecision precision) noexcept {
    text = trim_ascii(text);
    ReducedPostcode result;
    if (text.empty()) {
        result.fault = PostcodeFault::empty;
        return result;
    }
    result.fault = PostcodeFault::not_a_postcode;
    std::array<char, longest_postcode> buffer{};
    std::size_t size = 0;
    bool spaced = false;
    for (const char character : text) {
        if (character == ' ') {
            spaced = true;
            continue;
        }
        const char upper = character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
        if (size == buffer.size() || (!is_letter(upper) && !is_digit(upper))) {
            return result;
        }
        buffer[size++] = upper;
    }
    const std::string_view code(buffer.data(), size);
    const bool whole = size > inward_length && is_inward(code.substr(size - inward_length));
    const auto outward = whole ? code.substr(0, size - inward_length) : code;
    const bool girobank = outward == "GIR" && (!whole || code.substr(inward_length) == "0AA");
    if ((!is_outward(outward) && !girobank) || (!whole && (spaced || precision != PostcodePrecision::outward))) {
        return result;
    }
    if (outward == "ZZ99") {
        result.fault = PostcodeFault::pseudo_postcode;
        return result;
    }
    for (const char character : outward) {
        result.characters[result.size++] = character;
    }
    if (precision == PostcodePrecision::sector) {
        result.characters[result.size++] = ' ';
        result.characters[result.size++] = code[outward.size()];
    }
    result.fault = PostcodeFault::none;
    return result;
}

}  // namespace tributary
