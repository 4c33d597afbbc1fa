#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tributary {

/// For sets and maps of strings in which a view is looked up without a copy.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};

}  // namespace tributary
