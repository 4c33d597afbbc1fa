#include "agent/platform/error.h"

namespace tributary {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::configuration:
            return "configuration";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::permission:
            return "permission";
        case ErrorCode::input:
            return "input";
        case ErrorCode::key:
            return "key";
        case ErrorCode::plugin:
            return "plugin";
        case ErrorCode::storage:
            return "storage";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::in_use:
            return "in_use";
        case ErrorCode::network:
            return "network";
        case ErrorCode::refused:
            return "refused";
        case ErrorCode::limit:
            return "limit";
        case ErrorCode::stopped:
            return "stopped";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace tributary
