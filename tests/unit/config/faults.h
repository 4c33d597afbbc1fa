#pragma once

#include <string>
#include <string_view>

#include "agent/config/diagnostic.h"

namespace tributary::test {

/// All diagnostics, a line each, as an administrator sees them.
inline std::string text_of(const Diagnostics& diagnostics) {
    std::string text;
    for (const auto& diagnostic : diagnostics.all()) {
        text += to_string(diagnostic) + "\n";
    }
    return text;
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace tributary::test
