#include "agent/platform/windows_handle.h"

#include <vector>

#include "agent/platform/error.h"
#include "agent/platform/system_error.h"

namespace tributary {

std::wstring native_path(const std::filesystem::path& path) {
    constexpr std::size_t longest_plain = 240;  // MAX_PATH, less the 8.3 name that a folder must leave room for
    std::filesystem::path whole = path;
    if (path.native().size() < longest_plain || path.native().starts_with(LR"(\\?\)")) {
        return whole.make_preferred().native();
    }
    whole = std::filesystem::absolute(path).lexically_normal().make_preferred();
    const std::wstring text = whole.native();
    if (text.starts_with(LR"(\\)")) {
        return LR"(\\?\UNC\)" + text.substr(2);
    }
    return LR"(\\?\)" + text;
}

std::string current_user_sid() {
    HANDLE raw = nullptr;
    if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &raw) == 0) {
        throw Error(ErrorCode::internal, "cannot ask for this process's account: " + last_system_error().message());
    }
    const Handle token(raw);
    DWORD size = 0;
    ::GetTokenInformation(token.get(), TokenUser, nullptr, 0, &size);
    // operator new's alignment is what TOKEN_USER needs.
    std::vector<char> buffer(size);
    if (size == 0 || ::GetTokenInformation(token.get(), TokenUser, buffer.data(), size, &size) == 0) {
        throw Error(ErrorCode::internal, "cannot ask for this process's account: " + last_system_error().message());
    }
    void* const memory = buffer.data();
    const PSID sid = static_cast<TOKEN_USER*>(memory)->User.Sid;
    return {static_cast<const char*>(sid), ::GetLengthSid(sid)};
}

}  // namespace tributary
