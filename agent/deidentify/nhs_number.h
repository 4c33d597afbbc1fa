#pragma once

#include <array>
#include <string_view>

namespace tributary {

enum class NhsNumberFault { none, empty, not_ten_digits, check_digit, equal_digits };

/// Reads an NHS number (NHS Data Dictionary, NHS NUMBER): spaces and hyphens do not count; ten digits, of which the
/// last is the check digit by modulus 11; ten equal digits are nobody's. `digits` holds the number if the answer is
/// `none`.
NhsNumberFault read_nhs_number(std::string_view text, std::array<char, 10>& digits) noexcept;

}  // namespace tributary
