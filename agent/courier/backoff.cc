#include "agent/courier/backoff.h"

#include <algorithm>

namespace tributary {

std::chrono::milliseconds Backoff::bound(std::uint32_t attempts) const noexcept {
    std::chrono::milliseconds bound = std::min(first, longest);
    for (std::uint32_t attempt = 0; attempt < attempts && bound < longest; ++attempt) {
        bound = bound > longest / 2 ? longest : bound * 2;
        if (bound <= std::chrono::milliseconds::zero()) {
            break;
        }
    }
    return std::max(bound, std::chrono::milliseconds::zero());
}

std::chrono::milliseconds Backoff::wait(std::uint32_t attempts, std::minstd_rand& random) const {
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, bound(attempts).count())(random));
}

}  // namespace tributary
