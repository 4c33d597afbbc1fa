#include "agent/schedule/day_windows.h"

#include <boost/test/unit_test.hpp>

#include "agent/schedule/time_text.h"
#include "tests/unit/schedule/moments.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(day_windows_tests)

BOOST_AUTO_TEST_CASE(no_window_means_always) {
    const DayWindows windows;
    BOOST_TEST(windows.open(utc(2026, 11, 22, 3)));
    BOOST_TEST(text(windows.next_open(utc(2026, 11, 22, 3))) == text(utc(2026, 11, 22, 3)));
    BOOST_TEST(windows.describe() == "always");
}

BOOST_AUTO_TEST_CASE(a_window_includes_its_begin_and_not_its_end) {
    const DayWindows windows({"09:00-17:30"}, TimeZone());
    BOOST_TEST(!windows.open(utc(2026, 11, 22, 8, 59, 59)));
    BOOST_TEST(windows.open(utc(2026, 11, 22, 9)));
    BOOST_TEST(windows.open(utc(2026, 11, 22, 17, 29, 59)));
    BOOST_TEST(!windows.open(utc(2026, 11, 22, 17, 30)));
    BOOST_TEST(text(windows.next_open(utc(2026, 11, 22, 17, 30))) == text(utc(2026, 11, 23, 9)));
}

BOOST_AUTO_TEST_CASE(a_window_may_go_over_midnight) {
    const DayWindows windows({"20:00-06:00"}, london());
    BOOST_TEST(windows.open(utc(2026, 11, 22, 20)));
    BOOST_TEST(windows.open(utc(2026, 11, 23, 0)));
    BOOST_TEST(windows.open(utc(2026, 11, 23, 5, 59)));
    BOOST_TEST(!windows.open(utc(2026, 11, 23, 6)));
    BOOST_TEST(text(windows.next_open(utc(2026, 11, 23, 6))) == text(utc(2026, 11, 23, 20)));
    BOOST_TEST(text(windows.next_open(utc(2026, 7, 1, 12))) == text(utc(2026, 7, 1, 19)));  // 20:00 BST
    BOOST_TEST(windows.describe() == "20:00-06:00 Europe/London");
}

BOOST_AUTO_TEST_CASE(twenty_four_hours_is_an_end) {
    const DayWindows windows({"22:00-24:00"}, TimeZone());
    BOOST_TEST(windows.open(utc(2026, 11, 22, 23, 59, 59)));
    BOOST_TEST(!windows.open(utc(2026, 11, 23)));
    BOOST_TEST(DayWindows({"00:00-24:00"}, TimeZone()).open(utc(2026, 11, 23)));
}

BOOST_AUTO_TEST_CASE(a_window_in_the_hour_that_march_skips_waits_a_day) {
    const DayWindows windows({"01:15-01:45"}, london());
    BOOST_TEST(text(windows.next_open(utc(2026, 3, 28, 2))) == text(utc(2026, 3, 30, 0, 15)));
}

BOOST_AUTO_TEST_CASE(a_window_that_the_clocks_jump_into_opens_at_the_change) {
    BOOST_TEST(text(DayWindows({"01:15-04:00"}, london()).next_open(utc(2026, 3, 29, 0))) == text(utc(2026, 3, 29, 1)));
    // October: open 23:30 to 00:30 UTC (01:30 BST), and again from 01:00 UTC (01:00 GMT).
    BOOST_TEST(text(DayWindows({"00:30-01:30"}, london()).next_open(utc(2026, 10, 25, 0, 30))) ==
               text(utc(2026, 10, 25, 1)));
}

BOOST_AUTO_TEST_CASE(the_next_opening_is_the_first_moment_that_is_open) {
    auto random = random_source();
    const TimePoint nights[] = {utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2027, 3, 28, 1), utc(2027, 10, 31, 1),
                                utc(2026, 6, 15)};
    const auto time_of_day = [&] { return time_of_day_text(std::chrono::minutes(pick(random, 0, 1439))); };
    const auto early = [&] { return time_of_day_text(std::chrono::minutes(pick(random, 0, 240))); };
    for (int i = 0; i < 1000; ++i) {
        std::vector<std::string> texts;
        for (auto count = pick(random, 1, 3); count > 0; --count) {
            const auto begin = pick(random, 0, 1) == 0 ? early() : time_of_day();
            const auto end = pick(random, 0, 1) == 0 ? early() : time_of_day();
            if (begin != end) {
                texts.push_back(begin + "-" + end);
            }
        }
        const DayWindows windows(texts, london());
        const auto time = nights[pick(random, 0, 4)] + std::chrono::minutes(pick(random, -2000, 2000));
        auto expected = time;
        while (!windows.open(expected)) {
            expected += std::chrono::minutes(1);
        }
        BOOST_REQUIRE_EQUAL(text(windows.next_open(time)), text(TimePoint(expected)));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_window_is_refused_with_what_it_may_be) {
    for (const auto* window : {"", "20:00", "20:00-", "20:00 - 06:00", "20:00/06:00", "8pm-6am", "20:00-06:00 "}) {
        BOOST_TEST(contains(refusal([&] { DayWindows({window}, TimeZone()); }), "20:00-06:00"), window);
    }
    for (const auto* window : {"24:00-06:00", "20:60-06:00", "20:00-24:01"}) {
        BOOST_TEST(contains(refusal([&] { DayWindows({window}, TimeZone()); }), "time of day"), window);
    }
    BOOST_TEST(contains(refusal([&] { DayWindows({"06:00-06:00"}, TimeZone()); }), "begins when it ends"));
}

BOOST_AUTO_TEST_SUITE_END()
