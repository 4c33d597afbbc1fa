#include "agent/deidentify/nhs_number.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace tributary {
namespace {

std::string digits_of(std::string_view text) {
    constexpr std::string_view full_width = "\xEF\xBC";  // of U+FF10 to U+FF19, before 0x90 to 0x99
    constexpr char full_width_zero = '\x90';
    std::string digits;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char digit = text[at];
        if (text.substr(at, full_width.size()) == full_width && at + full_width.size() < text.size()) {
            at += full_width.size();
            digit = static_cast<char>(text[at] - full_width_zero + '0');
        }
        if (digit >= '0' && digit <= '9') {
            digits.push_back(digit);
        }
    }
    if (digits.size() == 9) {
        digits.insert(digits.begin(), '0');
    }
    return digits;
}

/// Less noughts behind a decimal point at the end.
std::string_view whole_part(std::string_view text) noexcept {
    const std::size_t point = text.rfind('.');
    const bool whole = point != std::string_view::npos && point + 1 < text.size() &&
                       text.find_first_not_of('0', point + 1) == std::string_view::npos;
    return whole ? text.substr(0, point) : text;
}

}  // namespace

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

bool any_nhs_number(std::string_view text, const std::function<bool(std::string_view)>& holds) {
    std::array<char, 10> number{};
    const NhsNumberFault fault = read_nhs_number(text, number);
    if (fault != NhsNumberFault::not_ten_digits) {
        return fault == NhsNumberFault::none && holds({number.data(), number.size()});
    }
    const auto is_held = [&](std::string_view candidate) {
        return read_nhs_number(candidate, number) == NhsNumberFault::none && holds({number.data(), number.size()});
    };
    for (const std::string& digits : {digits_of(text), digits_of(whole_part(text))}) {
        for (std::size_t at = 0; at + number.size() <= digits.size(); ++at) {
            if (is_held(std::string_view(digits).substr(at, number.size()))) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace tributary
