#include "agent/courier/bandwidth.h"

#include <algorithm>

namespace tributary {
namespace {

constexpr double rate_of_limit = 0.9;
constexpr double burst_of_limit = 0.05;
constexpr std::chrono::milliseconds longest_wait{100};  // so long a stop may stay unseen

}  // namespace

Bandwidth::Bandwidth(std::uint64_t bytes_per_second, Clock& clock)
    : rate_(static_cast<double>(bytes_per_second) * rate_of_limit),
      capacity_(static_cast<double>(bytes_per_second) * burst_of_limit),
      clock_(clock),
      allowed_(capacity_),
      refilled_(clock.steady()) {}

void Bandwidth::refill() {
    const auto now = clock_.steady();
    const std::chrono::duration<double> passed = now - refilled_;
    refilled_ = now;
    allowed_ = std::min(capacity_, allowed_ + passed.count() * rate_);
}

std::size_t Bandwidth::take(std::size_t wanted, const std::function<bool()>& stop) {
    std::condition_variable nobody;
    std::unique_lock lock(mutex_);
    const double enough = std::min(static_cast<double>(wanted), capacity_ / 2);  // no crumbs
    for (refill(); allowed_ < enough; refill()) {
        const std::chrono::duration<double> missing((enough - allowed_) / rate_);
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(missing);
        if (clock_.wait_for(nobody, lock, std::min(wait, longest_wait), stop)) {
            return 0;
        }
    }
    const auto taken = std::min(wanted, static_cast<std::size_t>(allowed_));
    allowed_ -= static_cast<double>(taken);
    return taken;
}

}  // namespace tributary
