#include "agent/courier/backoff.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace tributary;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(backoff_tests)

BOOST_AUTO_TEST_CASE(the_bound_doubles_up_to_the_longest) {
    const Backoff backoff{milliseconds(1000), milliseconds(10'000)};
    BOOST_TEST(backoff.bound(0).count() == 1000);
    BOOST_TEST(backoff.bound(1).count() == 2000);
    BOOST_TEST(backoff.bound(3).count() == 8000);
    BOOST_TEST(backoff.bound(4).count() == 10'000);
    BOOST_TEST(backoff.bound(4'000'000'000U).count() == 10'000);
}

BOOST_AUTO_TEST_CASE(odd_settings_end_and_never_wait_less_than_nothing) {
    BOOST_TEST((Backoff{milliseconds(0), milliseconds(10)}.bound(4'000'000'000U).count()) == 0);
    BOOST_TEST((Backoff{milliseconds(50), milliseconds(10)}.bound(0).count()) == 10);
    BOOST_TEST((Backoff{milliseconds(1), milliseconds::max()}.bound(200) == milliseconds::max()));
    BOOST_TEST((Backoff{milliseconds(-5), milliseconds(10)}.bound(9).count()) == 0);
}

BOOST_AUTO_TEST_CASE(waits_are_spread_over_the_whole_range) {
    const Backoff backoff{milliseconds(1000), milliseconds(60'000)};
    std::minstd_rand random(1);
    int lower = 0;
    for (int draw = 0; draw < 2000; ++draw) {
        const auto wait = backoff.wait(2, random);
        BOOST_REQUIRE(wait >= milliseconds(0));
        BOOST_REQUIRE(wait <= milliseconds(4000));
        lower += wait < milliseconds(2000) ? 1 : 0;
    }
    BOOST_TEST(lower > 850);
    BOOST_TEST(lower < 1150);
}

BOOST_AUTO_TEST_SUITE_END()
