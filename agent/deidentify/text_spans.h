#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/deidentify/folded_text.h"

namespace tributary {

/// What a placeholder in a scrubbed text stands for.
enum class ScrubKind : std::uint8_t {
    name,
    date,
    nhs_number,
    postcode,
    phone,
    email,
    ni_number,
    url,
    identifier,
    address
};

/// "[NAME]", ...
std::string_view placeholder(ScrubKind kind) noexcept;

/// A piece of a folded text that is to go.
struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
    ScrubKind kind = ScrubKind::name;
};

/// Each appends what it finds, in any order; in time proportional to the text.

/// NHS numbers (check digit), postcodes, telephone and National Insurance numbers, e-mail addresses: what the egress
/// guard would find (guard_patterns.h); and web addresses.
void find_identifiers(const FoldedText& text, std::vector<TextSpan>& spans);

/// Dates in the forms in which people write them: 02/03/1950, 2.3.50, 1950-03-02, 2 March 1950, 2nd Mar '50,
/// March 2, 1950, March 1950; day and month in either order; with the month's name the year may be missing.
void find_dates(const FoldedText& text, std::vector<TextSpan>& spans);

}  // namespace tributary
