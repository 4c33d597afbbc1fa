#include "agent/platform/locked_memory.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <vector>

#ifdef __linux__
#include <sys/resource.h>

#include <fstream>
#include <iterator>
#include <sstream>
#endif

namespace tributary {

namespace {

struct Witness {
    explicit Witness(int& destroyed) : destroyed_(destroyed) {}
    ~Witness() { ++destroyed_; }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    int& destroyed_;
};

#ifdef __linux__
// The sanitizers answer mlock() themselves: they say yes and do nothing.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRIBUTARY_TEST_SANITIZED
#endif
#endif
#if defined(TRIBUTARY_TEST_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitizer_takes_locks = true;
#else
constexpr bool sanitizer_takes_locks = false;
#endif

/// The kernel's flags of the mapping that holds the address (proc(5), VmFlags).
std::vector<std::string> flags_of(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        if (words >> std::hex >> begin >> dash >> end && dash == '-') {
            inside = begin <= wanted && wanted < end;
        } else if (inside && line.starts_with("VmFlags:")) {
            std::istringstream flags(line.substr(8));
            return {std::istream_iterator<std::string>(flags), {}};
        }
    }
    return {};
}

bool has(const std::vector<std::string>& flags, const std::string& flag) {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

/// No more memory may be locked, as for an account without the right; put back at the end.
class NothingLockable {
  public:
    NothingLockable() {
        ::getrlimit(RLIMIT_MEMLOCK, &before_);
        struct rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_MEMLOCK, &none);
    }
    ~NothingLockable() { ::setrlimit(RLIMIT_MEMLOCK, &before_); }
    NothingLockable(const NothingLockable&) = delete;
    NothingLockable& operator=(const NothingLockable&) = delete;

  private:
    struct rlimit before_ {};
};
#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(locked_memory_tests)

BOOST_AUTO_TEST_CASE(memory_comes_zeroed_in_the_size_asked_for) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{32}, std::size_t{4096}, std::size_t{100'000}}) {
        const LockedMemory memory(size);
        BOOST_TEST(memory.bytes().size() == size);
        BOOST_TEST(memory.text().size() == size);
        BOOST_TEST(std::count(memory.bytes().begin(), memory.bytes().end(), 0) == static_cast<std::ptrdiff_t>(size));
        std::fill(memory.bytes().begin(), memory.bytes().end(), std::uint8_t{0xa5});
    }
}

BOOST_AUTO_TEST_CASE(a_move_leaves_the_secret_in_its_one_place) {
    LockedMemory first(32);
    first.bytes()[31] = 7;
    const auto* const place = first.bytes().data();
    const LockedMemory second(std::move(first));
    BOOST_TEST((second.bytes().data() == place));
    BOOST_TEST(second.bytes()[31] == 7);
    BOOST_TEST(first.bytes().empty());  // NOLINT(bugprone-use-after-move): that is the point
}

BOOST_AUTO_TEST_CASE(an_object_lives_as_long_as_its_last_owner) {
    int destroyed = 0;
    {
        Locked<Witness> first(std::in_place, destroyed);
        const Locked<Witness> second(std::move(first));
        BOOST_TEST(&second->destroyed_ == &destroyed);
        BOOST_TEST(destroyed == 0);
    }
    BOOST_TEST(destroyed == 1);
}

#ifdef __linux__
BOOST_AUTO_TEST_CASE(the_kernel_keeps_a_secret_out_of_core_dumps_and_swap) {
    const LockedMemory memory(32);
    const auto flags = flags_of(memory.bytes().data());
    BOOST_TEST(memory.left_out_of_dumps());
    BOOST_TEST(has(flags, "dd"));
    BOOST_TEST((has(flags, "lo") == memory.locked() || sanitizer_takes_locks));
    BOOST_TEST(memory.locked() == !why_not_lockable().has_value());
    const std::vector<char> ordinary(1U << 20U);
    BOOST_TEST(!has(flags_of(ordinary.data()), "dd"));
}

// Root may lock without a limit (CAP_IPC_LOCK), where the limit's effect cannot be seen.
BOOST_AUTO_TEST_CASE(memory_that_may_not_be_locked_serves_and_says_why) {
    const NothingLockable limit;
    const LockedMemory memory(32);
    memory.bytes()[0] = 1;
    BOOST_TEST(memory.left_out_of_dumps());
    const auto why = why_not_lockable();
    BOOST_TEST(memory.locked() == !why.has_value());
    if (why) {
        BOOST_TEST((why->find("may lock 0 KiB") != std::string::npos));
        BOOST_TEST((why->find("LimitMEMLOCK") != std::string::npos));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
