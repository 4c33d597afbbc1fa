#include "agent/platform/locked_memory.h"

#include <algorithm>

#include "agent/platform/error.h"
#include "agent/platform/process.h"

namespace tributary {

LockedMemory::LockedMemory(std::size_t size) : pages_(take(std::max<std::size_t>(size, 1))), size_(size) {
    if (pages_.begin == nullptr) {
        throw Error(ErrorCode::limit, "the operating system has no memory left for a key");
    }
}

LockedMemory::~LockedMemory() {
    if (pages_.begin != nullptr) {
        wipe(pages_.begin, pages_.size);
        give_back(pages_);
    }
}

}  // namespace tributary
