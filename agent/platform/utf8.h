#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tributary {

/// The first character of a text.
struct Utf8Character {
    char32_t code_point = 0;  ///< 0 if it is not valid.
    std::size_t size = 0;     ///< bytes; 1 for a byte that is not valid, 0 at the end of the text
    bool valid = false;
};

/// By RFC 3629: overlong forms, surrogates and what lies beyond U+10FFFF are not valid. Thread-safe.
Utf8Character first_utf8_character(std::string_view text) noexcept;

/// The offset of the first byte that is not valid UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

/// Characters that must not reach a terminal or a log as they are: C0 and C1 controls and DEL, line and paragraph
/// separators, and those that turn the direction of writing (they make a line read as another).
bool is_control_character(char32_t code_point) noexcept;

/// Text from outside (a server, a damaged file) as it may stand in a log, an error or a status page: one line of valid
/// UTF-8, at most `limit` bytes. A control character becomes a space, a byte that is not valid a question mark.
std::string clean_text(std::string_view text, std::size_t limit = 300);

}  // namespace tributary
