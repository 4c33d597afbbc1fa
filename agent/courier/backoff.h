#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tributary {

/// Exponential back-off with full jitter: a wait drawn evenly from [0, min(longest, first * 2^attempts)], so that many
/// agents that lost the repository at one moment do not come back at one moment. There is no last attempt.
struct Backoff {
    std::chrono::milliseconds first;
    std::chrono::milliseconds longest;

    /// The upper end of the wait after `attempts` earlier failures.
    std::chrono::milliseconds bound(std::uint32_t attempts) const noexcept;
    std::chrono::milliseconds wait(std::uint32_t attempts, std::minstd_rand& random) const;
};

}  // namespace tributary
