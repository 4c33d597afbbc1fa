#include <fcntl.h>
#include <unistd.h>

#include "agent/platform/place_locks.h"
#include "agent/platform/system_error.h"

namespace tributary {
namespace {

/// Of the open file, not of the process: a plain lock goes as soon as any descriptor of the file is closed.
struct flock one_place(std::uint64_t place, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(place);
    lock.l_len = 1;
    return lock;
}

}  // namespace

PlaceLocks::PlaceLocks(const std::filesystem::path& file)
    : file_(file), handle_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)) {
    if (handle_ == -1) {
        throw_system_error("open lock", file, last_system_error());
    }
}

PlaceLocks::~PlaceLocks() {
    ::close(static_cast<int>(handle_));
}

bool PlaceLocks::try_lock(std::uint64_t place) {
    auto lock = one_place(place, F_WRLCK);
    if (::fcntl(static_cast<int>(handle_), F_OFD_SETLK, &lock) == 0) {
        return true;
    }
    const std::error_code code = last_system_error();
    if (code != std::errc::operation_would_block && code != std::errc::permission_denied) {
        throw_system_error("lock", file_, code);
    }
    return false;
}

void PlaceLocks::unlock(std::uint64_t place) noexcept {
    auto lock = one_place(place, F_UNLCK);
    ::fcntl(static_cast<int>(handle_), F_OFD_SETLK, &lock);
}

}  // namespace tributary
