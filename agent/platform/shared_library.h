#pragma once

#include <filesystem>

namespace tributary {

/// A loaded shared library; unloaded by the destructor. Throws Error(plugin) with the loader's own words.
class SharedLibrary {
  public:
    explicit SharedLibrary(const std::filesystem::path& path);
    ~SharedLibrary();
    SharedLibrary(const SharedLibrary&) = delete;
    SharedLibrary& operator=(const SharedLibrary&) = delete;

    /// nullptr if there is no such symbol.
    void* symbol(const char* name) const noexcept;

    /// The platform's file name ending: ".so" or ".dll".
    static const char* extension() noexcept;

  private:
    void* handle_ = nullptr;
};

}  // namespace tributary
