#include "agent/deidentify/normalise.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "agent/deidentify/nhs_number.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::string_view nhs_number_reasons[] = {"not_ten_digits", "check_digit", "equal_digits"};
constexpr std::string_view text_reasons[] = {"invalid_text"};
constexpr std::string_view uprn_reasons[] = {"not_a_uprn"};

constexpr bool is_ascii_space(char character) noexcept {
    return character == ' ' || (character >= '\t' && character <= '\r');
}

/// The property White_Space (Unicode Standard Annex 44), beyond ASCII.
constexpr bool is_wide_space(char32_t character) noexcept {
    return character == 0x85 || character == 0xa0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200a) || character == 0x2028 || character == 0x2029 ||
           character == 0x202f || character == 0x205f || character == 0x3000;
}

bool is_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::uint64_t seen = 0;
    for (; text.size() >= sizeof seen; text.remove_prefix(sizeof seen)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        seen |= word & high_bits;
    }
    for (const char character : text) {
        seen |= static_cast<unsigned char>(character) & 0x80U;
    }
    return seen == 0;
}

/// The last character's bytes, if it is white space beyond ASCII; else 0.
std::size_t wide_space_at_end(std::string_view text) noexcept {
    for (std::size_t size = 2; size <= 3 && size <= text.size(); ++size) {
        const auto character = first_utf8_character(text.substr(text.size() - size));
        if (character.valid && character.size == size) {
            return is_wide_space(character.code_point) ? size : 0;
        }
    }
    return 0;
}

/// Runs of combining marks are put in order by utf8proc in quadratic time; text from outside must not make use of that.
bool has_endless_marks(std::string_view text) noexcept {
    constexpr std::size_t longest = 1000;
    std::size_t run = 0;
    while (!text.empty()) {
        const auto character = first_utf8_character(text);
        const auto* const property = utf8proc_get_property(static_cast<utf8proc_int32_t>(character.code_point));
        run = property->combining_class != 0 ? run + 1 : 0;
        if (run > longest) {
            return true;
        }
        text.remove_prefix(character.size);
    }
    return false;
}

/// Normalization Form C (Unicode Standard Annex 15).
Normalised compose(std::string_view text, NormalisationScratch& scratch) {
    if (is_ascii(text)) {
        return {outcome::filled, text};
    }
    if (find_invalid_utf8(text) != std::string_view::npos || has_endless_marks(text)) {
        return {outcome::first_reason, {}};
    }
    utf8proc_uint8_t* composed = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(composed, std::free);
    if (size == UTF8PROC_ERROR_NOMEM) {
        throw std::bad_alloc();
    }
    if (size < 0) {
        return {outcome::first_reason, {}};
    }
    scratch.text.assign(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
    return {outcome::filled, scratch.text};
}

Normalised normalise_nhs_number(std::string_view value, NormalisationScratch& scratch) noexcept {
    switch (read_nhs_number(value, scratch.digits)) {
        case NhsNumberFault::none:
            return {outcome::filled, {scratch.digits.data(), scratch.digits.size()}};
        case NhsNumberFault::empty:
            return {outcome::empty, {}};
        case NhsNumberFault::not_ten_digits:
            break;
        case NhsNumberFault::check_digit:
            return {outcome::first_reason + 1, {}};
        case NhsNumberFault::equal_digits:
            return {outcome::first_reason + 2, {}};
    }
    return {outcome::first_reason, {}};
}

/// Unique Property Reference Number: up to twelve digits (GeoPlace).
Normalised normalise_uprn(std::string_view value) noexcept {
    constexpr std::size_t most_digits = 12;
    auto digits = trim_white_space(value);
    if (digits.empty()) {
        return {outcome::empty, {}};
    }
    const bool all_digits = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto first = digits.find_first_not_of('0');
    if (!all_digits || digits.size() > most_digits || first == std::string_view::npos) {
        return {outcome::first_reason, {}};
    }
    return {outcome::filled, digits.substr(first)};
}

}  // namespace

std::string_view to_string(IdentifierType type) noexcept {
    switch (type) {
        case IdentifierType::nhs_number:
            return "nhs_number";
        case IdentifierType::identifier:
            return "identifier";
        case IdentifierType::uprn:
            return "uprn";
        case IdentifierType::text:
            break;
    }
    return "text";
}

std::span<const std::string_view> normalisation_reasons(IdentifierType type) noexcept {
    switch (type) {
        case IdentifierType::nhs_number:
            return nhs_number_reasons;
        case IdentifierType::uprn:
            return uprn_reasons;
        case IdentifierType::identifier:
        case IdentifierType::text:
            break;
    }
    return text_reasons;
}

std::string_view trim_ascii(std::string_view text) noexcept {
    while (!text.empty() && is_ascii_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_ascii_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view trim_white_space(std::string_view text) noexcept {
    while (true) {
        const auto shorter = trim_ascii(text);
        if (shorter.empty()) {
            return shorter;
        }
        text = shorter;
        const auto is_wide = [](char character) { return static_cast<unsigned char>(character) >= 0x80; };
        if (is_wide(text.front())) {
            const auto character = first_utf8_character(text);
            text.remove_prefix(character.valid && is_wide_space(character.code_point) ? character.size : 0);
        }
        if (!text.empty() && is_wide(text.back())) {
            text.remove_suffix(wide_space_at_end(text));
        }
        if (text.size() == shorter.size()) {
            return text;
        }
    }
}

Normalised normalise(IdentifierType type, std::string_view value, NormalisationScratch& scratch) {
    if (type == IdentifierType::nhs_number) {
        return normalise_nhs_number(value, scratch);
    }
    if (type == IdentifierType::uprn) {
        return normalise_uprn(value);
    }
    if (type == IdentifierType::identifier) {
        value = trim_white_space(value);
    }
    return value.empty() ? Normalised{outcome::empty, {}} : compose(value, scratch);
}

}  // namespace tributary
