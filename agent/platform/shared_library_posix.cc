#include <dlfcn.h>

#include "agent/platform/error.h"
#include "agent/platform/shared_library.h"
#include "agent/platform/system_error.h"

namespace tributary {

SharedLibrary::SharedLibrary(const std::filesystem::path& path) {
    // A name without a folder would be searched for in LD_LIBRARY_PATH and the system's folders.
    const std::filesystem::path whole = std::filesystem::absolute(path);
    handle_ = ::dlopen(whole.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) {
        const char* words = ::dlerror();
        throw Error(ErrorCode::plugin,
                    "cannot load " + quoted(whole) + ": " + (words != nullptr ? words : "no reason was given"));
    }
}

SharedLibrary::~SharedLibrary() {
    ::dlclose(handle_);
}

void* SharedLibrary::symbol(const char* name) const noexcept {
    return ::dlsym(handle_, name);
}

const char* SharedLibrary::extension() noexcept {
    return ".so";
}

}  // namespace tributary
