#include <windows.h>

#include "agent/platform/locked_memory.h"
#include "agent/platform/system_error.h"

namespace tributary {

// Windows Error Reporting leaves pages out of a dump only when each is registered with it, 512 at most; the agent turns
// its reports off as a whole (forbid_core_dumps).
LockedMemory::Pages LockedMemory::take(std::size_t size) noexcept {
    SYSTEM_INFO system{};
    ::GetSystemInfo(&system);
    const std::size_t page = system.dwPageSize;
    Pages pages;
    pages.size = (size + page - 1) / page * page;
    pages.begin = ::VirtualAlloc(nullptr, pages.size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    pages.locked = pages.begin != nullptr && ::VirtualLock(pages.begin, pages.size) != 0;
    return pages;
}

void LockedMemory::give_back(const Pages& pages) noexcept {
    ::VirtualFree(pages.begin, 0, MEM_RELEASE);  // which unlocks
}

std::optional<std::string> why_not_lockable() {
    const LockedMemory probe(1);
    if (probe.locked()) {
        return std::nullopt;
    }
    return "memory cannot be locked (" + last_system_error().message() +
           "), so keys may reach the page file; give the service a larger minimum working set";
}

}  // namespace tributary
