#pragma once

#include <array>
#include <functional>
#include <string_view>

namespace tributary {

enum class NhsNumberFault { none, empty, not_ten_digits, check_digit, equal_digits };

/// Reads an NHS number (NHS Data Dictionary, NHS NUMBER): spaces and hyphens do not count; ten digits, of which the
/// last is the check digit by modulus 11; ten equal digits are nobody's. `digits` holds the number if the answer is
/// `none`.
NhsNumberFault read_nhs_number(std::string_view text, std::array<char, 10>& digits) noexcept;

/// Whether `holds` is true of an NHS number in the text (ten digits, valid), where to miss one does harm, as when a
/// person opted out: as read_nhs_number, and of any ten digits in a row, whatever else stands between and around them.
/// Full-width digits (U+FF10 to U+FF19) count; of nine digits the leading nought was lost; noughts behind a decimal
/// point at the end do not count ("9434765919.0", as data frames write it).
bool any_nhs_number(std::string_view text, const std::function<bool(std::string_view)>& holds);

}  // namespace tributary
