#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tributary::csv {

/// Finds the bytes that matter to a CSV reader, 16 at a time. Text must be followed by `scan_padding` readable bytes,
/// the first of them NUL, at which every search ends at the latest.
constexpr std::size_t scan_padding = 64;

/// One byte at a time: for machines without SSE2, and what the fast one is tested against.
class PortableScan {
  public:
    /// Two bytes that a search ends at.
    struct Stops {
        char first;
        char second;
    };
    static Stops stops(char a, char b) noexcept { return {a, b}; }

    /// The first of: the stops, any byte up to and including 0x0D (line ends, tab, NUL).
    const char* value_stop(const char* at, const Stops& stops) noexcept {
        for (;; ++at) {
            note(*at);
            if (*at == stops.first || *at == stops.second || static_cast<unsigned char>(*at) <= 0x0DU) {
                return at;
            }
        }
    }
    /// The first of: the stops, NUL.
    const char* quoted_stop(const char* at, const Stops& stops) noexcept {
        for (;; ++at) {
            note(*at);
            if (*at == stops.first || *at == stops.second || *at == '\0') {
                return at;
            }
        }
    }
    /// False only if all bytes passed so far are ASCII.
    bool seen_non_ascii() const noexcept { return (seen_ & 0x80U) != 0; }

  private:
    void note(char byte) noexcept { seen_ = static_cast<unsigned char>(seen_ | static_cast<unsigned char>(byte)); }
    unsigned char seen_ = 0;
};

#if defined(__SSE2__)

class Sse2Scan {
  public:
    // Kept as vectors: made anew for each value they would cost more than the search.
    struct Stops {
        __m128i first;
        __m128i second;
    };
    static Stops stops(char a, char b) noexcept { return {_mm_set1_epi8(a), _mm_set1_epi8(b)}; }

    const char* value_stop(const char* at, const Stops& stops) noexcept {
        const __m128i control = _mm_set1_epi8(0x0D);
        for (;; at += 16) {
            const __m128i bytes = load(at);
            const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes);
            const __m128i hits = _mm_or_si128(
                low, _mm_or_si128(_mm_cmpeq_epi8(bytes, stops.first), _mm_cmpeq_epi8(bytes, stops.second)));
            if (const int mask = _mm_movemask_epi8(hits); mask != 0) {
                return at + std::countr_zero(static_cast<unsigned>(mask));
            }
        }
    }
    const char* quoted_stop(const char* at, const Stops& stops) noexcept {
        for (;; at += 16) {
            const __m128i bytes = load(at);
            const __m128i nul = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
            const __m128i hits = _mm_or_si128(
                nul, _mm_or_si128(_mm_cmpeq_epi8(bytes, stops.first), _mm_cmpeq_epi8(bytes, stops.second)));
            if (const int mask = _mm_movemask_epi8(hits); mask != 0) {
                return at + std::countr_zero(static_cast<unsigned>(mask));
            }
        }
    }
    bool seen_non_ascii() const noexcept { return _mm_movemask_epi8(seen_) != 0; }

  private:
    __m128i load(const char* at) noexcept {
        const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(at)));
        seen_ = _mm_or_si128(seen_, bytes);
        return bytes;
    }
    __m128i seen_ = _mm_setzero_si128();
};

using Scan = Sse2Scan;
#else
using Scan = PortableScan;
#endif

}  // namespace tributary::csv
