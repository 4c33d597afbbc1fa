#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tributary {

/// What 64 bytes of text are, a bit a byte, the first byte's lowest.
struct CharacterMasks {
    std::uint64_t digits = 0;
    std::uint64_t letters = 0;   ///< ASCII's
    std::uint64_t spaces = 0;    ///< ' ' alone
    std::uint64_t joiners = 0;   ///< '-', '(' and ')'
    std::uint64_t at_signs = 0;  ///< '@'
    std::uint64_t beyond = 0;    ///< 0x80 and above: of characters that are not ASCII's
    std::uint64_t wide = 0;      ///< bytes 0xC2, 0xE2 and 0xEF: may begin a blank or a digit that is not ASCII's
};

/// One byte at a time: for machines without SSE2, and what the fast one is tested against.
inline CharacterMasks portable_masks(const char* text) noexcept {
    CharacterMasks masks;
    for (unsigned i = 0; i < 64; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto lower = static_cast<unsigned char>(byte | 0x20U);
        const auto bit = [i](bool set) { return static_cast<std::uint64_t>(set) << i; };
        masks.digits |= bit(byte >= '0' && byte <= '9');
        masks.letters |= bit(lower >= 'a' && lower <= 'z');
        masks.spaces |= bit(byte == ' ');
        masks.joiners |= bit(byte == '-' || byte == '(' || byte == ')');
        masks.at_signs |= bit(byte == '@');
        masks.beyond |= bit(byte >= 0x80);
        masks.wide |= bit(byte == 0xC2 || byte == 0xE2 || byte == 0xEF);
    }
    return masks;
}

#if defined(__SSE2__)

/// Of 64 readable bytes.
inline CharacterMasks character_masks(const char* text) noexcept {
    CharacterMasks masks;
    for (unsigned i = 0; i < 64; i += 16) {
        const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(text + i)));
        const auto is = [&](char byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)); };
        // A byte less the first of a range is at most the range's width exactly if it is in the range.
        const auto in_range = [](__m128i value, char first, char width) {
            const __m128i from = _mm_sub_epi8(value, _mm_set1_epi8(first));
            return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(width)), from);
        };
        const auto bits = [i](__m128i set) {
            return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(set))) << i;
        };
        masks.digits |= bits(in_range(bytes, '0', 9));
        masks.letters |= bits(in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 25));
        masks.spaces |= bits(is(' '));
        masks.joiners |= bits(_mm_or_si128(is('-'), in_range(bytes, '(', 1)));
        masks.at_signs |= bits(is('@'));
        masks.beyond |= bits(bytes);
        // 0xC2, 0xE2 and 0xEF: the first two are one when 0x20 is set.
        masks.wide |= bits(_mm_or_si128(
            _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(static_cast<char>(0xE2))),
            is(static_cast<char>(0xEF))));
    }
    return masks;
}

#else

inline CharacterMasks character_masks(const char* text) noexcept {
    return portable_masks(text);
}

#endif

/// The same for fewer than 64 bytes; what is not there is no character.
inline CharacterMasks character_masks_of_end(const char* text, std::size_t size) noexcept {
    char padded[64] = {};
    std::memcpy(padded, text, size);
    return character_masks(padded);
}

}  // namespace tributary
