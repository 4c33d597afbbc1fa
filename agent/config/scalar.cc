#include "agent/config/scalar.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace tributary {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_sign(char c) {
    return c == '+' || c == '-';
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::size_t leading_digits(std::string_view text) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

std::optional<std::int64_t> integer_of(std::string_view text, int base) {
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return result.ec == std::errc() && result.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool has_float_form(std::string_view text) {
    if (!text.empty() && is_sign(text.front())) {
        text.remove_prefix(1);
    }
    const auto whole = leading_digits(text);
    text.remove_prefix(whole);
    std::size_t fraction = 0;
    if (!text.empty() && text.front() == '.') {
        fraction = leading_digits(text.substr(1));
        text.remove_prefix(1 + fraction);
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    if (text.front() != 'e' && text.front() != 'E') {
        return false;
    }
    text.remove_prefix(text.size() > 1 && is_sign(text[1]) ? 2 : 1);
    return all_digits(text);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.starts_with("0o")) {
        return text.size() > 2 && !is_sign(text[2]) ? integer_of(text.substr(2), 8) : std::nullopt;
    }
    if (text.starts_with("0x")) {
        return text.size() > 2 && !is_sign(text[2]) ? integer_of(text.substr(2), 16) : std::nullopt;
    }
    const bool plus = !text.empty() && text.front() == '+';
    const auto digits = text.substr(!text.empty() && is_sign(text.front()) ? 1 : 0);
    return all_digits(digits) ? integer_of(plus ? digits : text, 10) : std::nullopt;
}

std::optional<double> number(std::string_view text) {
    if (!has_float_form(text)) {
        return std::nullopt;
    }
    double value = 0;
    const bool negative = text.front() == '-';
    text.remove_prefix(is_sign(text.front()) ? 1 : 0);
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec == std::errc::result_out_of_range) {  // 8E432 is a number all the same
        const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
        value = tiny ? 0 : std::numeric_limits<double>::max();
    }
    return negative ? -value : value;
}

}  // namespace

ScalarValue core_value(const YamlNode& node) {
    const std::string& text = node.scalar;
    if (node.is_null()) {
        return {};
    }
    if (node.quoted) {
        return text;
    }
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return {};
    }
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    if (const auto whole = whole_number(text)) {
        return *whole;
    }
    if (const auto value = number(text)) {
        return *value;
    }
    return text;
}

bool is_text(const YamlNode& node) {
    return node.is_scalar() && std::holds_alternative<std::string>(core_value(node));
}

}  // namespace tributary
