#pragma once

#include <windows.h>

#include <filesystem>
#include <string>
#include <utility>

namespace tributary {

/// Owns a handle of the kernel. For the Windows files of agent/platform alone.
class Handle {
  public:
    Handle() = default;
    explicit Handle(HANDLE handle) noexcept : handle_(handle) {}
    ~Handle() { close(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle& operator=(Handle&&) = delete;

    /// Calls of Win32 mark failure by either of two values.
    bool valid() const noexcept {
        return handle_ != nullptr &&
               handle_ != reinterpret_cast<HANDLE>(static_cast<LONG_PTR>(-1));  // INVALID_HANDLE_VALUE, sans C cast
    }
    HANDLE get() const noexcept { return handle_; }
    HANDLE release() noexcept { return std::exchange(handle_, nullptr); }
    bool close() noexcept {
        const HANDLE handle = std::exchange(handle_, nullptr);
        return handle == nullptr || handle == reinterpret_cast<HANDLE>(static_cast<LONG_PTR>(-1)) ||
               ::CloseHandle(handle) != 0;
    }

  private:
    HANDLE handle_ = nullptr;
};

/// The path as Win32 takes it. Long ones need the prefix that lifts the limit of 260 characters, and with it no
/// relative parts and no forward slashes.
std::wstring native_path(const std::filesystem::path& path);

/// The account that runs this process, as a binary SID. Throws Error(internal).
std::string current_user_sid();

}  // namespace tributary
