#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "agent/deidentify/action.h"

namespace tributary {

/// What a pseudonym identifies. The type is part of the pseudonym: the same text under two types gives two pseudonyms.
enum class IdentifierType { nhs_number, identifier, uprn, text };

std::string_view to_string(IdentifierType type) noexcept;

/// The one form of a value that its type has, or why it has none.
struct Normalised {
    Outcome outcome = outcome::filled;  ///< an index into normalisation_reasons(type), as in Action
    std::string_view text;              ///< of the value or of the scratch; valid as long as both are
};

/// Room for a normalised value; reused from value to value.
struct NormalisationScratch {
    std::array<char, 10> digits{};
    std::string text;  ///< used for what is not ASCII only
};

/// - nhs_number: ten digits without spaces and hyphens ("not_ten_digits", "check_digit", "equal_digits");
/// - identifier: less white space (Unicode's White_Space) at both ends, NFC ("invalid_text" if it is not UTF-8);
/// - uprn: less white space, 1 to 12 digits, less leading zeros, not zero ("not_a_uprn");
/// - text: NFC ("invalid_text").
/// A run of more than 1,000 combining marks, which no writing has, is invalid_text too: sorting them takes quadratic
/// time. Thread-safe as long as each thread has its own scratch.
Normalised normalise(IdentifierType type, std::string_view value, NormalisationScratch& scratch);

std::span<const std::string_view> normalisation_reasons(IdentifierType type) noexcept;

/// Less Unicode's White_Space at both ends.
std::string_view trim_white_space(std::string_view text) noexcept;

/// Less ASCII's white space at both ends; for values that are ASCII when they are valid.
std::string_view trim_ascii(std::string_view text) noexcept;

}  // namespace tributary
