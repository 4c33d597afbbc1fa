#include "agent/config/quoted_text.h"

#include <array>
#include <cstdio>

#include "agent/platform/utf8.h"

namespace tributary {

std::string quoted_text(std::string_view text) {
    constexpr std::size_t longest = 80;  // bytes
    std::string result = "'";
    while (!text.empty()) {
        if (result.size() > longest) {
            result += "...";
            break;
        }
        const Utf8Character character = first_utf8_character(text);
        if (!character.valid || is_control_character(character.code_point)) {
            const unsigned code = character.valid ? static_cast<unsigned>(character.code_point)
                                                  : static_cast<unsigned char>(text.front());
            std::array<char, 16> escape{};
            std::snprintf(escape.data(), escape.size(), character.valid ? "\\u%04x" : "\\x%02x", code);
            result += escape.data();
        } else {
            result += text.substr(0, character.size);
        }
        text.remove_prefix(character.size);
    }
    result += '\'';
    return result;
}

}  // namespace tributary
