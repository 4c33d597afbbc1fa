#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary {

/// What the egress guard looks for in what leaves.
enum class GuardKind : std::uint8_t { nhs_number, postcode, email, phone, ni_number, known_value };
inline constexpr std::size_t guard_kinds = 6;

/// "nhs_number", ...: as counts name it.
std::string_view to_string(GuardKind kind) noexcept;

/// Each of these looks at one place of a text and answers whether a whole identifier stands there. Bytes that are not
/// ASCII bound words like any other sign.

/// The numbers in the run of digits that begins at `at`, with single spaces or hyphens between them and brackets, as in
/// "943 476 5919" or "(0113) 496 0123". NHS number (NHS Data Dictionary): ten digits, run together or in groups with
/// one and the same separator, whose check digit is right and which are not all equal. Telephone number (Ofcom,
/// National Telephone Numbering Plan): 0 and ten digits, not 00 or 04 or 06, or +44 and ten digits. Answers what stands
/// there and moves `at` behind the run.
std::optional<GuardKind> match_numbers(std::string_view text, std::size_t& at) noexcept;

/// A whole postcode whose inward part begins at `inward` (Royal Mail's forms, areas that exist), in capitals or in
/// small letters throughout, with at most one space.
bool match_postcode(std::string_view text, std::size_t inward) noexcept;

/// A National Insurance number that begins at `at` (HMRC, NIM39110), in capitals or in small letters throughout, with
/// or without spaces between its pairs.
bool match_ni_number(std::string_view text, std::size_t at) noexcept;

/// An e-mail address around the @ at `at`: something before it, and a domain of two labels or more behind it.
bool match_email(std::string_view text, std::size_t at) noexcept;

}  // namespace tributary
