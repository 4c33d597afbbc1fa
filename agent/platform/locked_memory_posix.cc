#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/platform/locked_memory.h"
#include "agent/platform/system_error.h"

namespace tributary {

LockedMemory::Pages LockedMemory::take(std::size_t size) noexcept {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    Pages pages;
    pages.size = (size + page - 1) / page * page;
    void* const begin = ::mmap(nullptr, pages.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED) {
        return {};
    }
    pages.begin = begin;
#ifdef MADV_DONTDUMP
    pages.left_out_of_dumps = ::madvise(begin, pages.size, MADV_DONTDUMP) == 0;
#endif
    pages.locked = ::mlock(begin, pages.size) == 0;  // last, for why_not_lockable() asks for its reason
    return pages;
}

void LockedMemory::give_back(const Pages& pages) noexcept {
    ::munmap(pages.begin, pages.size);  // which unlocks
}

std::optional<std::string> why_not_lockable() {
    const LockedMemory probe(1);
    if (probe.locked()) {
        return std::nullopt;
    }
    const auto reason = last_system_error().message();
    struct rlimit limit {};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    const auto kibibytes = static_cast<unsigned long long>(limit.rlim_cur) / 1024;
    return "memory cannot be locked (" + reason + "; this process may lock " + std::to_string(kibibytes) +
           " KiB), so keys may reach the swap file; raise LimitMEMLOCK= of the service, or `ulimit -l`";
}

}  // namespace tributary
