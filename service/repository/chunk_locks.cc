#include "service/repository/chunk_locks.h"

#include <chrono>
#include <thread>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);
constexpr std::chrono::milliseconds pause(5);

/// Two chunks never meet at one place but by a chance of 1 to 2^62; then one waits for the other.
std::uint64_t place_of(const std::string& key) {
    const auto digest = sha256(key);
    std::uint64_t place = 0;
    for (std::size_t byte = 0; byte < sizeof place; ++byte) {
        place = (place << 8U) | digest[byte];
    }
    return place >> 2U;
}

void lock_between_processes(PlaceLocks& places, std::uint64_t place) {
    for (std::chrono::milliseconds waited(0); !places.try_lock(place); waited += pause) {
        if (waited >= patience) {
            throw Error(ErrorCode::in_use, "another process of the repository is at work on the same chunk");
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace

void ChunkLocks::acquire(const std::string& key) {
    {
        std::unique_lock lock(mutex_);
        released_.wait(lock, [&] { return !held_.contains(key); });
        held_.insert(key);
    }
    if (places_) {
        try {
            lock_between_processes(*places_, place_of(key));
        } catch (...) {
            forget(key);
            throw;
        }
    }
}

void ChunkLocks::release(const std::string& key) {
    if (places_) {
        places_->unlock(place_of(key));
    }
    forget(key);
}

void ChunkLocks::forget(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        held_.erase(key);
    }
    released_.notify_all();
}

}  // namespace tributary
