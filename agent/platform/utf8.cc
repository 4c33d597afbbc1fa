#include "agent/platform/utf8.h"

#include <utf8proc.h>

#include <algorithm>

namespace tributary {

Utf8Character first_utf8_character(std::string_view text) noexcept {
    if (text.empty()) {
        return {};
    }
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80U) {
        return {first, 1, true};
    }
    // Four bytes hold any character; the cut keeps a length near the type's end from being a matter.
    const std::string_view head = text.substr(0, 4);
    utf8proc_int32_t code_point = -1;
    const utf8proc_ssize_t size =
        utf8proc_iterate(static_cast<const utf8proc_uint8_t*>(static_cast<const void*>(head.data())),
                         static_cast<utf8proc_ssize_t>(head.size()), &code_point);
    if (size <= 0 || code_point < 0) {
        return {0, 1, false};
    }
    return {static_cast<char32_t>(code_point), static_cast<std::size_t>(size), true};
}

std::size_t find_invalid_utf8(std::string_view text) noexcept {
    for (std::size_t offset = 0; offset < text.size();) {
        const Utf8Character character = first_utf8_character(text.substr(offset));
        if (!character.valid) {
            return offset;
        }
        offset += character.size;
    }
    return std::string_view::npos;
}

bool is_control_character(char32_t code_point) noexcept {
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) || code_point == 0x2028 ||
           code_point == 0x2029 || code_point == 0x200E || code_point == 0x200F ||
           (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

std::string clean_text(std::string_view text, std::size_t limit) {
    std::string clean;
    for (std::size_t offset = 0; offset < text.size();) {
        const Utf8Character character = first_utf8_character(text.substr(offset));
        const std::string_view part = !character.valid ? "?"
                                      : is_control_character(character.code_point)
                                          ? " "
                                          : text.substr(offset, character.size);
        if (clean.size() + part.size() > limit) {
            break;
        }
        clean += part;
        offset += character.size;
    }
    return clean;
}

}  // namespace tributary
