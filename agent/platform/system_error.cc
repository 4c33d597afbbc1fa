#include "agent/platform/system_error.h"

#include <cerrno>

#ifdef _WIN32
#include <windows.h>
#endif

namespace tributary {

std::string quoted(const std::filesystem::path& path) {
    try {
        const std::u8string text = path.u8string();
        std::string result("'");
        result.append(text.begin(), text.end()).append("'");
        return result;
    } catch (const std::exception&) {
        return "(a name that is not valid Unicode)";
    }
}

ErrorCode kind_of(const std::error_code& code) noexcept {
#ifdef _WIN32
    // Spelt out, because libstdc++ 12 does not map every one of them to a std::errc.
    if (code.category() == std::system_category()) {
        switch (static_cast<DWORD>(code.value())) {
            case ERROR_FILE_NOT_FOUND:
            case ERROR_PATH_NOT_FOUND:
            case ERROR_INVALID_DRIVE:
            case ERROR_BAD_NETPATH:
            case ERROR_BAD_NET_NAME:
                return ErrorCode::not_found;
            case ERROR_ACCESS_DENIED:
            case ERROR_WRITE_PROTECT:
            case ERROR_PRIVILEGE_NOT_HELD:
            case ERROR_NETWORK_ACCESS_DENIED:
                return ErrorCode::permission;
            default:
                break;
        }
    }
#endif
    if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory) {
        return ErrorCode::not_found;
    }
    if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted ||
        code == std::errc::read_only_file_system) {
        return ErrorCode::permission;
    }
    return ErrorCode::storage;
}

void throw_system_error(std::string_view action, const std::filesystem::path& path, const std::error_code& code) {
    std::string words = code.message();
    // Windows ends its sentences with a full stop and a line break.
    while (!words.empty() && (words.back() == '\n' || words.back() == '\r' || words.back() == '.')) {
        words.pop_back();
    }
    throw Error(kind_of(code), "cannot " + std::string(action) + " " + quoted(path) + ": " + words);
}

std::error_code last_system_error() noexcept {
#ifdef _WIN32
    return {static_cast<int>(GetLastError()), std::system_category()};
#else
    return {errno, std::system_category()};
#endif
}

}  // namespace tributary
