#include "plugins/csv/name_pattern.h"

#include <algorithm>
#include <cstddef>

namespace tributary::csv {

namespace {

bool ends_with_ignoring_case(std::string_view name, std::string_view ending) noexcept {
    if (name.size() < ending.size()) {
        return false;
    }
    const std::string_view tail = name.substr(name.size() - ending.size());
    return std::equal(tail.begin(), tail.end(), ending.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

}  // namespace

bool fits(std::string_view pattern, std::string_view name) noexcept {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;  // the last one passed, and what of the name it has swallowed
    std::size_t swallowed = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            swallowed = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++swallowed;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string_view why_no_pattern(std::string_view pattern) noexcept {
    if (pattern.empty()) {
        return "a pattern of file names is needed, such as \"admissions*.csv\"";
    }
    if (pattern.find_first_of("/\\") != std::string_view::npos) {
        return "a pattern is for the file's name alone, without a folder";
    }
    if (is_passed_over(pattern)) {
        return "hidden files and names that end in .filepart, .part, .tmp or ~ are never taken";
    }
    return {};
}

bool is_passed_over(std::string_view name) noexcept {
    return name.empty() || name.front() == '.' || name.back() == '~' || ends_with_ignoring_case(name, ".filepart") ||
           ends_with_ignoring_case(name, ".part") || ends_with_ignoring_case(name, ".tmp");
}

}  // namespace tributary::csv
