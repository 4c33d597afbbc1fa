#pragma once

#include <array>
#include <string_view>

namespace tributary {

enum class NhsNumberFault { none, empty, not_ten_digits, check_digit, equal_digits };

/// Reads an NHS number (NHS Data Dictionary, NHS NUMBER): spaces and hyphens do not count; ten digits, of which the
/// last is the check digit by modulus 11; ten equal digits are nobody's. `digits` holds the number if the answer is
/// `none`.
NhsNumberFault read_nhs_number(std::string_view text, std::array<char, 10>& digits) noexcept;

/// Finds an NHS number where to miss one does harm, as when a person opted out: as read_nhs_number, and in any text of
/// exactly ten digits, whatever else stands in it; full-width digits (U+FF10 to U+FF19) count, and noughts behind a
/// decimal point at its end ("9434765919.0", as data frames write it) do not. False if there is none.
bool find_nhs_number(std::string_view text, std::array<char, 10>& digits) noexcept;

}  // namespace tributary
