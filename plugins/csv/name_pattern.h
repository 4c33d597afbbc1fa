#pragma once

#include <string_view>

namespace tributary::csv {

/// Whether a file's name fits a pattern: `*` is any number of characters, `?` one byte. Upper and lower case differ.
bool fits(std::string_view pattern, std::string_view name) noexcept;

/// Why this cannot be a pattern of file names, or empty.
std::string_view why_no_pattern(std::string_view pattern) noexcept;

/// Files that are not there yet for whoever looks: hidden (.x), being copied (.filepart, .part, .tmp), backups (x~).
bool is_passed_over(std::string_view name) noexcept;

}  // namespace tributary::csv
