#include <windows.h>

#include "agent/platform/place_locks.h"
#include "agent/platform/system_error.h"
#include "agent/platform/windows_handle.h"

namespace tributary {
namespace {

OVERLAPPED one_place(std::uint64_t place) {
    OVERLAPPED lock{};
    lock.Offset = static_cast<DWORD>(place & 0xffffffffU);
    lock.OffsetHigh = static_cast<DWORD>(place >> 32U);
    return lock;
}

}  // namespace

PlaceLocks::PlaceLocks(const std::filesystem::path& file) : file_(file) {
    Handle handle(::CreateFileW(native_path(file).c_str(), GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL,
                                nullptr));
    if (!handle.valid()) {
        throw_system_error("open lock", file, last_system_error());
    }
    handle_ = reinterpret_cast<std::intptr_t>(handle.release());
}

PlaceLocks::~PlaceLocks() {
    ::CloseHandle(reinterpret_cast<HANDLE>(handle_));
}

bool PlaceLocks::try_lock(std::uint64_t place) {
    OVERLAPPED lock = one_place(place);
    if (::LockFileEx(reinterpret_cast<HANDLE>(handle_), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                     &lock) != 0) {
        return true;
    }
    const std::error_code code = last_system_error();
    if (code.value() != ERROR_LOCK_VIOLATION && code.value() != ERROR_IO_PENDING) {
        throw_system_error("lock", file_, code);
    }
    return false;
}

void PlaceLocks::unlock(std::uint64_t place) noexcept {
    OVERLAPPED lock = one_place(place);
    ::UnlockFileEx(reinterpret_cast<HANDLE>(handle_), 0, 1, 0, &lock);
}

}  // namespace tributary
