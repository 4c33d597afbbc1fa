#include "agent/deidentify/nhs_number.h"

#include <algorithm>
#include <cstddef>

namespace tributary {

NhsNumberFault read_nhs_number(std::string_view text, std::array<char, 10>& digits) noexcept {
    std::size_t count = 0;
    for (const char character : text) {
        if (character == ' ' || character == '-') {
            continue;
        }
        if (character < '0' || character > '9' || count == digits.size()) {
            return NhsNumberFault::not_ten_digits;
        }
        digits[count++] = character;
    }
    if (count != digits.size()) {
        return count == 0 ? NhsNumberFault::empty : NhsNumberFault::not_ten_digits;
    }
    // Several of these have a right check digit, so they are looked for first.
    if (std::all_of(digits.begin(), digits.end(), [&](char digit) { return digit == digits[0]; })) {
        return NhsNumberFault::equal_digits;
    }
    int sum = 0;
    for (std::size_t i = 0; i < 9; ++i) {
        sum += (10 - static_cast<int>(i)) * (digits[i] - '0');
    }
    // 11 less the remainder; 11 stands for 0, and 10 makes the number invalid.
    const int check = (11 - sum % 11) % 11;
    return check == digits[9] - '0' ? NhsNumberFault::none : NhsNumberFault::check_digit;
}

}  // namespace tributary
