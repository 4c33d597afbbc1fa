#include "agent/schedule/time_text.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/schedule/moments.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(time_text_tests)

BOOST_AUTO_TEST_CASE(a_duration_is_a_number_and_a_unit) {
    BOOST_TEST(parse_duration("90s").count() == 90);
    BOOST_TEST(parse_duration("15m").count() == 900);
    BOOST_TEST(parse_duration("2h").count() == 7200);
    BOOST_TEST(parse_duration("1d").count() == 86400);
    BOOST_TEST(parse_duration("0s").count() == 0);
    BOOST_TEST(parse_duration("366d").count() == 366 * 86400);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_duration_is_refused_with_what_it_may_be) {
    for (const auto* text : {"", "s", "15", "15 m", " 15m", "15m ", "-5m", "+5m", "1.5h", "15M", "5min", "1h30m",
                             "0x5s", "367d", "31622401s", "99999999d", "999999999999999999999s", "\xC2\xB2s"}) {
        BOOST_TEST(contains(refusal([&] { parse_duration(text); }), "write a whole number and s, m, h or d"), text);
    }
}

BOOST_AUTO_TEST_CASE(a_time_of_day_is_two_digits_colon_two_digits) {
    BOOST_TEST(parse_time_of_day("00:00").count() == 0);
    BOOST_TEST(parse_time_of_day("02:05").count() == 125);
    BOOST_TEST(parse_time_of_day("23:59").count() == 1439);
    for (const auto* text : {"", "2:00", "02:0", "24:00", "02:60", "02.00", "02:00:00", "-2:00", " 2:00", "ab:cd"}) {
        BOOST_TEST(contains(refusal([&] { parse_time_of_day(text); }), "00:00"), text);
    }
}

BOOST_AUTO_TEST_CASE(a_duration_reads_in_its_largest_whole_unit) {
    BOOST_TEST(duration_text(std::chrono::seconds(1)) == "1 second");
    BOOST_TEST(duration_text(std::chrono::seconds(90)) == "90 seconds");
    BOOST_TEST(duration_text(std::chrono::minutes(15)) == "15 minutes");
    BOOST_TEST(duration_text(std::chrono::hours(1)) == "1 hour");
    BOOST_TEST(duration_text(std::chrono::hours(48)) == "2 days");
    BOOST_TEST(duration_text(std::chrono::seconds(0)) == "0 seconds");
}

BOOST_AUTO_TEST_SUITE_END()
