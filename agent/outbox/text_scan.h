#pragma once

#include <cstddef>
#include <string_view>

#include "agent/outbox/byte_writer.h"
#include "agent/record/column.h"

namespace tributary {

/// U+FFFD in UTF-8: stands for each byte that is not part of valid UTF-8.
inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

/// Does the predicate hold for any byte? Without branches inside a block, so that the compiler makes it a vector loop.
template <typename Predicate>
bool contains_any(std::string_view bytes, Predicate predicate) noexcept {
    constexpr std::size_t block = 4096;
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, block);
        unsigned char found = 0;
        for (const char byte : part) {
            found = static_cast<unsigned char>(found | static_cast<unsigned char>(predicate(byte)));
        }
        if (found != 0) {
            return true;
        }
        bytes.remove_prefix(part.size());
    }
    return false;
}

/// All values of a text column, one after the other.
std::string_view all_text(const Column& column) noexcept;

/// Length of the valid UTF-8 sequence that `text` begins with, 1 to 4; 0 if its first byte does not begin one.
std::size_t utf8_sequence(std::string_view text) noexcept;

/// Calls `piece` with consecutive pieces of the text of at most ByteWriter::largest_room / 8 bytes, never cutting a
/// valid UTF-8 sequence.
template <typename Piece>
void for_each_piece(std::string_view text, Piece piece) {
    constexpr std::size_t longest = ByteWriter::largest_room / 8;
    while (text.size() > longest) {
        std::size_t cut = longest;
        while (cut > longest - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) {
            --cut;
        }
        piece(text.substr(0, cut));
        text.remove_prefix(cut);
    }
    piece(text);
}

}  // namespace tributary
