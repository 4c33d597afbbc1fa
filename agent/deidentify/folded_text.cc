#include "agent/deidentify/folded_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <limits>

namespace tributary {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
/// Bytes of letters beyond ASCII count as letters: what is no letter there was made a blank.
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || static_cast<signed char>(c) < 0;
}

/// Letters with a stroke or joined ones, which have no decomposition (Unicode, chapter 2.12).
std::string_view plain_form(utf8proc_int32_t letter) noexcept {
    switch (letter) {
        case 0xf8:
            return "o";
        case 0x142:
            return "l";
        case 0x111:
        case 0xf0:
            return "d";
        case 0xe6:
            return "ae";
        case 0x153:
            return "oe";
        case 0xfe:
            return "th";
        case 0x131:
            return "i";
        case 0x127:
            return "h";
        default:
            return {};
    }
}

bool is_apostrophe(utf8proc_int32_t c) noexcept {
    return c == 0x2018 || c == 0x2019 || c == 0x201b || c == 0x2bc || c == 0x2b9 || c == 0x60 || c == 0xb4 ||
           c == 0x2032 || c == 0xff07;
}

}  // namespace

bool FoldedText::fold(std::string_view source) {
    source_ = source;
    text_.clear();
    origins_.clear();
    tokens_.clear();
    if (source.size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        return false;
    }
    const bool ascii =
        std::all_of(source.begin(), source.end(), [](char c) { return static_cast<signed char>(c) >= 0 && c != '`'; });
    if (ascii) {
        fold_ascii(source);
    } else if (!fold_all(source)) {
        return false;
    }
    find_tokens();
    return true;
}

void FoldedText::fold_ascii(std::string_view source) {
    text_.resize(source.size());
    std::transform(source.begin(), source.end(), text_.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

void FoldedText::put(std::string_view bytes, std::size_t origin) {
    text_ += bytes;
    origins_.insert(origins_.end(), bytes.size(), static_cast<std::uint32_t>(origin));
}

bool FoldedText::fold_all(std::string_view source) {
    constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    std::array<utf8proc_int32_t, 64> parts{};
    for (std::size_t at = 0; at < source.size();) {
        utf8proc_int32_t character = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(source.data()) + at,
                                           static_cast<utf8proc_ssize_t>(source.size() - at), &character);
        if (size <= 0) {
            return false;
        }
        int last_class = 0;
        const auto count =
            is_apostrophe(character)
                ? 0
                : utf8proc_decompose_char(character, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()), options,
                                          &last_class);
        if (is_apostrophe(character)) {
            put("'", at);
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(std::max<utf8proc_ssize_t>(count, 0)) && i < parts.size();
             ++i) {
            const auto part = parts[i];
            const auto category = utf8proc_category(part);
            if (part < 0x80) {
                const char c = static_cast<char>(part);
                put({&c, 1}, at);
            } else if (category == UTF8PROC_CATEGORY_PD || part == 0x2212 || part == 0x2010) {
                put("-", at);
            } else if (const auto plain = plain_form(part); !plain.empty()) {
                put(plain, at);
            } else if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) {
                std::array<utf8proc_uint8_t, 4> bytes{};
                const auto length = utf8proc_encode_char(part, bytes.data());
                put({reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length)}, at);
            } else if (category != UTF8PROC_CATEGORY_CF && category != UTF8PROC_CATEGORY_MN &&
                       category != UTF8PROC_CATEGORY_ME && category != UTF8PROC_CATEGORY_MC) {
                put(" ", at);
            }
        }
        at += static_cast<std::size_t>(size);
    }
    origins_.push_back(static_cast<std::uint32_t>(source.size()));
    return true;
}

void FoldedText::find_tokens() {
    for (std::size_t at = 0; at < text_.size();) {
        const bool number = is_digit(text_[at]);
        if (!number && !is_letter(text_[at])) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < text_.size() && (number ? is_digit(text_[end]) : is_letter(text_[end]))) {
            ++end;
        }
        tokens_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end), number});
        at = end;
    }
}

bool FoldedText::is_capital(const Token& token) const noexcept {
    utf8proc_int32_t character = 0;
    const std::size_t at = origin(token.begin);
    utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(source_.data()) + at,
                     static_cast<utf8proc_ssize_t>(source_.size() - at), &character);
    return utf8proc_isupper(character) != 0;
}

}  // namespace tributary
