#include "service/repository/chunk_locks.h"

namespace tributary {

void ChunkLocks::acquire(const std::string& key) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return !held_.contains(key); });
    held_.insert(key);
}

void ChunkLocks::release(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        held_.erase(key);
    }
    released_.notify_all();
}

}  // namespace tributary
