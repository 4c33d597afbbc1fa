#include "agent/platform/place_locks.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;

BOOST_AUTO_TEST_SUITE(place_locks_tests)

// Two objects stand for two processes: the locks are of the open file.
BOOST_AUTO_TEST_CASE(a_place_is_held_by_one_process_and_others_are_free) {
    const TemporaryFolder folder;
    PlaceLocks here(folder.path() / "locks");
    constexpr std::uint64_t far = (std::uint64_t{1} << 62U) - 1;
    {
        PlaceLocks there(folder.path() / "locks");
        BOOST_TEST(here.try_lock(7));
        BOOST_TEST(!there.try_lock(7));
        BOOST_TEST(there.try_lock(8));
        BOOST_TEST(there.try_lock(far));
        BOOST_TEST(!here.try_lock(8));
        BOOST_TEST(!here.try_lock(far));
        here.unlock(7);
        BOOST_TEST(there.try_lock(7));
    }
    BOOST_TEST(here.try_lock(7));  // whoever held it is gone
    BOOST_TEST(here.try_lock(far));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_named) {
    const TemporaryFolder folder;
    BOOST_CHECK_EXCEPTION(PlaceLocks(folder.path() / "missing" / "locks"), Error, [](const Error& error) {
        return std::string(error.what()).find("missing") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
