#include "agent/record/civil_date.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <limits>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(civil_date_tests)

BOOST_AUTO_TEST_CASE(days_agree_with_the_standard_library_over_twelve_centuries) {
    const std::chrono::sys_days first = std::chrono::year(1500) / 1 / 1;
    const std::chrono::sys_days last = std::chrono::year(2700) / 12 / 31;
    for (auto day = first; day <= last; day += std::chrono::days(1)) {
        const std::chrono::year_month_day expected(day);
        const CivilDate date = civil_date(day.time_since_epoch().count());
        BOOST_REQUIRE_EQUAL(date.year, static_cast<int>(expected.year()));
        BOOST_REQUIRE_EQUAL(date.month, static_cast<unsigned>(expected.month()));
        BOOST_REQUIRE_EQUAL(date.day, static_cast<unsigned>(expected.day()));
        BOOST_REQUIRE_EQUAL(days_since_epoch(date), day.time_since_epoch().count());
        BOOST_REQUIRE(date.day <= days_in_month(date.year, date.month));
    }
}

BOOST_AUTO_TEST_CASE(the_first_and_last_day_that_a_column_can_hold_go_there_and_back) {
    for (const std::int64_t days : {std::int64_t{std::numeric_limits<std::int32_t>::min()},
                                    std::int64_t{std::numeric_limits<std::int32_t>::max()}}) {
        BOOST_TEST(days_since_epoch(civil_date(days)) == days);
    }
}

BOOST_AUTO_TEST_CASE(a_century_is_a_leap_year_only_every_fourth_time) {
    BOOST_TEST(days_in_month(1900, 2) == 28U);
    BOOST_TEST(days_in_month(2000, 2) == 29U);
    BOOST_TEST(days_in_month(2024, 2) == 29U);
    BOOST_TEST(days_in_month(2026, 2) == 28U);
}

BOOST_AUTO_TEST_CASE(a_moment_before_1970_belongs_to_the_day_before) {
    const CivilTime time = civil_time(-1);
    BOOST_TEST(time.days == -1);
    BOOST_TEST(time.microseconds == 86'399'999'999);
    BOOST_TEST(civil_time(std::numeric_limits<std::int64_t>::min()).microseconds >= 0);
}

BOOST_AUTO_TEST_SUITE_END()
