#include "agent/deidentify/tokeniser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "agent/deidentify/feature_format.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

/// Sums of two numbers below this are below 2^63.
constexpr std::int64_t largest_scaled = std::int64_t{1} << 62U;

std::int64_t power_of_ten(int exponent) noexcept {
    std::int64_t power = 1;
    for (; exponent > 0; --exponent) {
        power *= 10;
    }
    return power;
}

/// As Python's float() reads it, or nothing; also nothing for infinity and what is not a number.
std::optional<double> read_float(std::string_view text, std::string& scratch) {
    text = strip(text);
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && text.front() == '-') {
            return std::nullopt;
        }
    }
    scratch.clear();
    const auto digit_at = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            scratch.push_back(text[i]);
        } else if (i == 0 || !digit_at(i - 1) || !digit_at(i + 1)) {
            return std::nullopt;
        }
    }
    double number = 0;
    const char* const end = scratch.data() + scratch.size();
    const auto result = std::from_chars(scratch.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> times(std::int64_t number, std::int64_t factor) noexcept {
    if (number > largest_scaled / factor || number < -largest_scaled / factor) {
        return std::nullopt;
    }
    return number * factor;
}

/// The number times 10^precision: exact for whole numbers, else as Python computes and rounds it.
std::optional<std::int64_t> read_scaled(std::string_view text, int precision, std::string& scratch) {
    if (const auto whole = integer_form(text, scratch)) {
        std::int64_t number = 0;
        const auto result = std::from_chars(whole->data(), whole->data() + whole->size(), number);
        return result.ec == std::errc{} ? times(number, power_of_ten(precision)) : std::nullopt;
    }
    const auto number = read_float(text, scratch);
    if (!number) {
        return std::nullopt;
    }
    const double scaled =
        precision > 0 ? std::nearbyint(*number * static_cast<double>(power_of_ten(precision))) : std::trunc(*number);
    constexpr auto largest = static_cast<double>(largest_scaled);
    return std::abs(scaled) < largest ? std::optional(static_cast<std::int64_t>(scaled)) : std::nullopt;
}

/// The nearest multiple of the interval; half-way goes up.
std::int64_t quantised(std::int64_t number, std::int64_t interval) noexcept {
    const std::int64_t remainder = number % interval;
    const std::int64_t residue = remainder < 0 ? remainder + interval : remainder;
    return 2 * residue < interval ? number - residue : number + (interval - residue);
}

void append_little_endian(std::string& bytes, std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
        bytes.push_back(static_cast<char>((value >> (8 * static_cast<unsigned>(i))) & 0xffU));
    }
}

void append_utf16(std::string& bytes, char32_t character) {
    const auto value = static_cast<std::uint32_t>(character);
    if (value < 0x10000U) {
        append_little_endian(bytes, value, 2);
    } else {
        append_little_endian(bytes, 0xd800U + ((value - 0x10000U) >> 10U), 2);
        append_little_endian(bytes, 0xdc00U + ((value - 0x10000U) & 0x3ffU), 2);
    }
}

}  // namespace

std::optional<std::size_t> Tokeniser::start(std::string_view text, TokenScratch& scratch) const {
    if (text.empty()) {
        return 0;
    }
    if (const auto* ngram = std::get_if<NgramComparison>(&comparison_)) {
        return start_ngrams(*ngram, text, scratch);
    }
    if (const auto* numeric = std::get_if<NumericComparison>(&comparison_)) {
        return start_numeric(*numeric, text, scratch);
    }
    scratch.padded.assign(text);
    return 1;
}

std::optional<std::size_t> Tokeniser::start_ngrams(const NgramComparison& ngram, std::string_view text,
                                                   TokenScratch& scratch) const {
    scratch.padded.assign(ngram.n - 1, ' ');
    scratch.padded.append(text).append(ngram.n - 1, ' ');
    scratch.ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
    if (scratch.ascii) {
        return text.size() + ngram.n - 1;
    }
    scratch.offsets.clear();
    for (std::size_t i = 0; i < scratch.padded.size(); ++i) {
        if ((static_cast<unsigned char>(scratch.padded[i]) & 0xc0U) != 0x80U) {
            scratch.offsets.push_back(i);
        }
    }
    scratch.offsets.push_back(scratch.padded.size());
    return scratch.offsets.size() - ngram.n;
}

std::optional<std::size_t> Tokeniser::start_numeric(const NumericComparison& numeric, std::string_view text,
                                                    TokenScratch& scratch) const {
    const auto scaled = read_scaled(text, numeric.precision, scratch.number);
    const auto number = scaled ? times(*scaled, 2 * numeric.resolution) : std::nullopt;
    // The farthest token, and the step to the grid before it, must not pass what 64 bits hold.
    const auto reach =
        static_cast<std::uint64_t>(numeric.interval) * static_cast<std::uint64_t>(numeric.resolution + 1);
    if (!number || static_cast<std::uint64_t>(std::abs(*number)) + reach >
                       static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    scratch.middle = quantised(*number, numeric.interval);
    return static_cast<std::size_t>(2 * numeric.resolution + 1);
}

std::string_view Tokeniser::token(std::size_t index, TokenScratch& scratch) const {
    char digits[24];
    const auto written = [&](auto number) {
        return std::string_view(
            digits, static_cast<std::size_t>(std::to_chars(std::begin(digits), std::end(digits), number).ptr - digits));
    };
    if (const auto* numeric = std::get_if<NumericComparison>(&comparison_)) {
        const auto step = static_cast<std::int64_t>(index) - numeric->resolution;
        return encoded({}, written(scratch.middle + step * numeric->interval), scratch);
    }
    const auto* ngram = std::get_if<NgramComparison>(&comparison_);
    if (ngram == nullptr) {
        return encoded({}, scratch.padded, scratch);
    }
    const std::string_view padded = scratch.padded;
    const auto text = scratch.ascii ? padded.substr(index, ngram->n)
                                    : padded.substr(scratch.offsets[index],
                                                    scratch.offsets[index + ngram->n] - scratch.offsets[index]);
    if (!ngram->positional) {
        return encoded({}, text, scratch);
    }
    char* const end = std::to_chars(std::begin(digits), std::end(digits) - 1, index + 1).ptr;
    *end = ' ';
    return encoded({digits, static_cast<std::size_t>(end + 1 - digits)}, text, scratch);
}

/// Numbers are written into `scratch.token` also where no encoding changes them: they stand on the caller's stack.
std::string_view Tokeniser::encoded(std::string_view prefix, std::string_view text, TokenScratch& scratch) const {
    if (encoding_ == TextEncoding::ascii || encoding_ == TextEncoding::utf_8) {
        scratch.token.assign(prefix).append(text);
        return scratch.token;
    }
    const bool wide = encoding_ == TextEncoding::utf_32;
    scratch.token.clear();
    append_little_endian(scratch.token, 0xfeffU, wide ? 4 : 2);
    for (auto part : {prefix, text}) {
        for (; !part.empty();) {
            const auto character = first_utf8_character(part);
            if (wide) {
                append_little_endian(scratch.token, static_cast<std::uint32_t>(character.code_point), 4);
            } else {
                append_utf16(scratch.token, character.code_point);
            }
            part.remove_prefix(character.size);
        }
    }
    return scratch.token;
}

}  // namespace tributary
