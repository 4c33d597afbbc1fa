#include <windows.h>

#include "agent/platform/error.h"
#include "agent/platform/shared_library.h"
#include "agent/platform/system_error.h"
#include "agent/platform/windows_handle.h"

namespace tributary {

SharedLibrary::SharedLibrary(const std::filesystem::path& path) {
    const std::filesystem::path whole = std::filesystem::absolute(path);
    // What it needs may come from its own folder and from Windows, never from the working folder or PATH.
    const HMODULE module = ::LoadLibraryExW(native_path(whole).c_str(), nullptr,
                                            LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (module == nullptr) {
        throw Error(ErrorCode::plugin, "cannot load " + quoted(whole) + ": " + last_system_error().message());
    }
    handle_ = module;
}

SharedLibrary::~SharedLibrary() {
    ::FreeLibrary(static_cast<HMODULE>(handle_));
}

void* SharedLibrary::symbol(const char* name) const noexcept {
    return reinterpret_cast<void*>(::GetProcAddress(static_cast<HMODULE>(handle_), name));
}

const char* SharedLibrary::extension() noexcept {
    return ".dll";
}

}  // namespace tributary
