#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tributary {

enum class PostcodePrecision {
    outward,  ///< "LS1": the postcode less its last three characters
    sector    ///< "LS1 4": and the first of those
};

enum class PostcodeFault { none, empty, not_a_postcode, pseudo_postcode };

/// A postcode in capitals, without spaces.
struct ReadPostcode {
    PostcodeFault fault = PostcodeFault::none;
    std::array<char, 7> characters{};
    std::size_t size = 0;
    std::size_t outward = 0;  ///< how many of them are the outward part; all, if it is an outward part alone

    std::string_view text() const noexcept { return {characters.data(), size}; }
    bool whole() const noexcept { return outward < size; }
};

/// Reads a postcode in any case, with or without spaces: A9 9AA, A99 9AA, AA9 9AA, AA99 9AA, A9A 9AA, AA9A 9AA and
/// GIR 0AA; or its outward part alone, not with a space in it, since "LS1 4" is a sector and not LS14. Pseudo-postcodes
/// (ZZ99...: no fixed abode, abroad, unknown) are a fault of their own. A letter O for a nought is not guessed at, nor
/// a nought for an O (S01 4AP).
ReadPostcode read_postcode(std::string_view text) noexcept;

/// What is left of a postcode at a precision.
struct ReducedPostcode {
    PostcodeFault fault = PostcodeFault::none;
    std::array<char, 6> characters{};
    std::size_t size = 0;

    std::string_view text() const noexcept { return {characters.data(), size}; }
};

/// See read_postcode; for `outward` an outward part alone will do.
ReducedPostcode reduce_postcode(std::string_view text, PostcodePrecision precision) noexcept;

}  // namespace tributary
