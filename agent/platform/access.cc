#include "agent/platform/access.h"

#include "agent/platform/system_error.h"

namespace tributary {

std::optional<std::string> why_not_writable(const std::filesystem::path& folder) {
    auto nearest = std::filesystem::absolute(folder);
    std::error_code ignored;
    while (!std::filesystem::exists(nearest, ignored) && nearest.has_relative_path()) {
        nearest = nearest.parent_path();
    }
    if (!std::filesystem::is_directory(nearest, ignored)) {
        return quoted(nearest) + " is not a folder";
    }
    return why_closed(nearest);
}

}  // namespace tributary
