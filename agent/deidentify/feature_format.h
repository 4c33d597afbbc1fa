#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "agent/deidentify/strptime_format.h"
#include "agent/deidentify/value_pattern.h"

namespace tributary {

/// How the characters of a token become the bytes that are hashed. utf_16 and utf_32 are Python's: a byte order mark
/// before each token, then little-endian.
enum class TextEncoding { ascii, utf_8, utf_16, utf_32 };

enum class TextCase { mixed, upper, lower };

struct TextFormat {
    TextEncoding encoding = TextEncoding::utf_8;
    TextCase letters = TextCase::mixed;
    std::size_t shortest = 0;  ///< characters
    std::optional<std::size_t> longest;
    std::shared_ptr<const ValuePattern> pattern;  ///< or nullptr; then letters and lengths are as they are here
};
struct IntegerFormat {
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
};
struct DateValueFormat {
    StrptimeFormat format;
};
struct ChoiceFormat {
    std::unordered_set<std::string> values;
};
using FeatureFormat = std::variant<TextFormat, IntegerFormat, DateValueFormat, ChoiceFormat>;

/// Room for the normal form of a value; reused from value to value.
struct FormatScratch {
    char date[8] = {};
    std::string text;
    std::string pattern_room;
};

/// The form in which a value is hashed: a text or choice as it is, an integer without white space, '+', '_' and leading
/// zeros, a date as YYYYMMDD. Nothing if the value does not fit its format: the rules are clkhash's
/// (field_formats.validate), but for digits other than ASCII's, which never fit an integer or date here, and integers
/// of more than 4,300 digits. The value is UTF-8. Lives as long as value and scratch do. Thread-safe.
std::optional<std::string_view> normal_form(const FeatureFormat& format, std::string_view value,
                                            FormatScratch& scratch);

TextEncoding encoding_of(const FeatureFormat& format) noexcept;

/// As Python's int() reads it, or nothing: the digits less leading zeros, with '-' before what is below zero. Lives as
/// long as the text and the scratch.
std::optional<std::string_view> integer_form(std::string_view text, std::string& scratch);

/// Less what Python's str.strip() takes off both ends. clkhash does so with each value that it reads from a CSV file.
std::string_view strip(std::string_view text) noexcept;

std::size_t count_characters(std::string_view utf8) noexcept;

}  // namespace tributary
