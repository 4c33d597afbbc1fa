#include "agent/schedule/time_zone.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/schedule/moments.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(time_zone_tests)

// From `zdump -v Europe/London` (tzdata 2024b): the last second before each change and the first after it.
BOOST_AUTO_TEST_CASE(the_clocks_change_on_the_published_dates) {
    struct Change {
        TimePoint moment;
        bool to_summer;
    };
    const Change changes[] = {{utc(2024, 3, 31, 1), true}, {utc(2024, 10, 27, 1), false},
                              {utc(2025, 3, 30, 1), true}, {utc(2025, 10, 26, 1), false},
                              {utc(2026, 3, 29, 1), true}, {utc(2026, 10, 25, 1), false},
                              {utc(2027, 3, 28, 1), true}, {utc(2027, 10, 31, 1), false},
                              {utc(2030, 3, 31, 1), true}, {utc(2030, 10, 27, 1), false}};
    for (const auto& change : changes) {
        BOOST_TEST_CONTEXT(text(change.moment)) {
            const auto before = london().offset(change.moment - std::chrono::milliseconds(1)).count();
            BOOST_TEST(before == (change.to_summer ? 0 : 60));
            BOOST_TEST(london().offset(change.moment).count() == (change.to_summer ? 60 : 0));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_civil_time_and_its_moment_lead_to_each_other) {
    auto random = random_source();
    for (int i = 0; i < 20000; ++i) {
        const TimePoint time{std::chrono::milliseconds(pick(random, 0, 4102444800000))};  // to 2100
        const auto civil = london().to_local(time);
        const auto back = london().to_utc(civil);
        const bool repeated = london().to_local(time - std::chrono::hours(1)) == civil;
        BOOST_REQUIRE_EQUAL(text(back), text(repeated ? time - std::chrono::hours(1) : time));
        BOOST_REQUIRE(london().to_local(back) == civil);
    }
}

BOOST_AUTO_TEST_CASE(a_civil_time_that_march_skips_means_the_moment_of_the_change) {
    BOOST_TEST(text(london().to_utc(local(2026, 3, 29, 0, 59))) == text(utc(2026, 3, 29, 0, 59)));
    BOOST_TEST(text(london().to_utc(local(2026, 3, 29, 1, 0))) == text(utc(2026, 3, 29, 1)));
    BOOST_TEST(text(london().to_utc(local(2026, 3, 29, 1, 30))) == text(utc(2026, 3, 29, 1)));
    BOOST_TEST(text(london().to_utc(local(2026, 3, 29, 2, 0))) == text(utc(2026, 3, 29, 1)));
    BOOST_TEST(text(london().to_utc(local(2026, 3, 29, 2, 1))) == text(utc(2026, 3, 29, 1, 1)));
}

BOOST_AUTO_TEST_CASE(a_civil_time_that_october_repeats_means_the_first) {
    BOOST_TEST(text(london().to_utc(local(2026, 10, 25, 0, 59))) == text(utc(2026, 10, 24, 23, 59)));
    BOOST_TEST(text(london().to_utc(local(2026, 10, 25, 1, 0))) == text(utc(2026, 10, 25, 0, 0)));
    BOOST_TEST(text(london().to_utc(local(2026, 10, 25, 1, 59))) == text(utc(2026, 10, 25, 0, 59)));
    BOOST_TEST(text(london().to_utc(local(2026, 10, 25, 2, 0))) == text(utc(2026, 10, 25, 2, 0)));
}

BOOST_AUTO_TEST_CASE(a_later_civil_time_is_never_an_earlier_moment) {
    for (const auto& night : {local(2026, 3, 28, 20), local(2026, 10, 24, 20), local(2027, 3, 27, 20)}) {
        auto earlier = london().to_utc(night);
        for (int minute = 1; minute < 12 * 60; ++minute) {
            const auto later = london().to_utc(night + std::chrono::minutes(minute));
            BOOST_REQUIRE(later >= earlier);
            earlier = later;
        }
    }
}

BOOST_AUTO_TEST_CASE(utc_never_changes) {
    const auto zone = TimeZone::named("UTC");
    BOOST_TEST(zone.offset(utc(2026, 7, 1)).count() == 0);
    BOOST_TEST(text(zone.to_utc(local(2026, 3, 29, 1, 30))) == text(utc(2026, 3, 29, 1, 30)));
    BOOST_TEST(zone.name() == "UTC");
}

BOOST_AUTO_TEST_CASE(an_unknown_zone_is_refused_with_the_list) {
    for (const auto* name : {"Europe/Paris", "", "europe/london", "GMT"}) {
        const auto message = refusal([&] { TimeZone::named(name); }, ErrorCode::configuration);
        BOOST_TEST(contains(message, "Europe/London"), name);
        BOOST_TEST(contains(message, "UTC"), name);
    }
    for (const auto& name : TimeZone::names()) {
        BOOST_TEST(TimeZone::named(name).name() == name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
