#include "agent/schedule/cron.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/unit/schedule/moments.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string next(const char* expression, TimePoint after, const TimeZone& zone = TimeZone()) {
    return text(CronExpression(expression).next(after, zone));
}

/// The rule of cron.h said once more, minute by minute: is this moment a run?
bool runs_at(const CronExpression& cron, const TimeZone& zone, TimePoint time) {
    const auto civil = zone.to_local(time);
    if (cron.runs_every_hour()) {
        return cron.matches(civil);
    }
    const auto hour = std::chrono::hours(1);
    const bool second_time = zone.to_local(time - hour) == civil;
    if (cron.matches(civil) && !second_time) {
        return true;
    }
    const bool clocks_went_forward = zone.to_local(time - std::chrono::minutes(1)) + hour < civil;
    for (auto skipped = civil - hour; clocks_went_forward && skipped < civil; skipped += std::chrono::minutes(1)) {
        if (cron.matches(skipped)) {
            return true;
        }
    }
    return false;
}

std::string random_field(std::mt19937_64& random, int low, int high) {
    const auto first = pick(random, low, high);
    std::string field = std::to_string(first);
    switch (pick(random, 0, 5)) {
        case 0:
        case 1:
            return "*";
        case 2:
            field = "*/";
            field.append(std::to_string(pick(random, 1, 20)));
            break;
        case 3:
            field.append("-").append(std::to_string(pick(random, first, high)));
            if (pick(random, 0, 1) == 0) {
                field.append("/").append(std::to_string(pick(random, 1, 5)));
            }
            break;
        case 4:
            field.append(",").append(std::to_string(pick(random, low, high)));
            break;
        default:
            break;
    }
    return field;
}

std::string random_expression(std::mt19937_64& random) {
    const std::string month = pick(random, 0, 3) == 0 ? random_field(random, 1, 12) : "*";
    std::string expression = random_field(random, 0, 59);
    for (const auto& field :
         {random_field(random, 0, 23), random_field(random, 1, 31), month, random_field(random, 0, 7)}) {
        expression.append(" ").append(field);
    }
    return expression;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cron_tests)

BOOST_AUTO_TEST_CASE(the_five_fields_mean_what_crontab_says) {
    const auto sunday = utc(2026, 11, 22, 8, 30);
    BOOST_TEST(next("* * * * *", sunday) == "2026-11-22 08:31:00.000");
    BOOST_TEST(next("30 1 * * *", sunday) == "2026-11-23 01:30:00.000");
    BOOST_TEST(next("*/15 * * * *", sunday) == "2026-11-22 08:45:00.000");
    BOOST_TEST(next("0 8-18/2 * * *", sunday) == "2026-11-22 10:00:00.000");
    BOOST_TEST(next("5,35 8 * * *", sunday) == "2026-11-22 08:35:00.000");
    BOOST_TEST(next("0 0 1 * *", sunday) == "2026-12-01 00:00:00.000");
    BOOST_TEST(next("0 0 1 Jan *", sunday) == "2027-01-01 00:00:00.000");
    BOOST_TEST(next("0 0 * * MON", sunday) == "2026-11-23 00:00:00.000");
    BOOST_TEST(next("0 9 * * 1-5", utc(2026, 11, 20, 9)) == "2026-11-23 09:00:00.000");
    BOOST_TEST(next("  0\t9   * * mon-fri ", utc(2026, 11, 20, 9)) == "2026-11-23 09:00:00.000");
    BOOST_TEST(next("0 0 31 apr,may *", sunday) == "2027-05-31 00:00:00.000");
}

BOOST_AUTO_TEST_CASE(sunday_is_nought_and_seven) {
    for (const auto* expression : {"0 9 * * 0", "0 9 * * 7", "0 9 * * sun", "0 9 * * 0-0", "0 9 * * sun-sun"}) {
        BOOST_TEST(next(expression, utc(2026, 11, 22, 9)) == "2026-11-29 09:00:00.000", expression);
    }
    BOOST_TEST(next("0 9 * * fri-sun", utc(2026, 11, 21, 9)) == "2026-11-22 09:00:00.000");
    BOOST_TEST(next("0 9 * * 5-7", utc(2026, 11, 22, 9)) == "2026-11-27 09:00:00.000");
}

BOOST_AUTO_TEST_CASE(two_restricted_day_fields_are_met_by_either) {
    // Friday 13 November 2026; then Fridays and thirteenths alike.
    BOOST_TEST(next("0 0 13 * 5", utc(2026, 11, 12)) == "2026-11-13 00:00:00.000");
    BOOST_TEST(next("0 0 13 * 5", utc(2026, 11, 13)) == "2026-11-20 00:00:00.000");
    BOOST_TEST(next("0 0 13 * 5", utc(2026, 12, 11)) == "2026-12-13 00:00:00.000");
    // A day field that begins with * restricts the other one: as crontab(5).
    BOOST_TEST(next("0 0 13 * */5", utc(2026, 11, 14)) == "2026-12-13 00:00:00.000");
}

BOOST_AUTO_TEST_CASE(a_date_that_never_comes_is_never_and_found_out_fast) {
    BOOST_TEST(next("0 0 31 2 *", utc(2026, 1, 1)) == "never");
    BOOST_TEST(next("0 0 30,31 feb *", utc(2026, 1, 1)) == "never");
    BOOST_TEST(next("* * 31 4,6,9,11 *", utc(2026, 1, 1)) == "never");
    const auto begin = std::chrono::steady_clock::now();
    const CronExpression cron("* * 31 2 *");
    for (int i = 0; i < 1000; ++i) {
        BOOST_REQUIRE(!cron.next(utc(2026, 1, 1), london()));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));  // measured: under 10 ms
}

BOOST_AUTO_TEST_CASE(a_leap_day_is_waited_for) {
    BOOST_TEST(next("0 12 29 2 *", utc(2026, 1, 1)) == "2028-02-29 12:00:00.000");
    BOOST_TEST(next("0 12 29 2 *", utc(2097, 1, 1)) == "2104-02-29 12:00:00.000");  // 2100 is none
    // */7 is Sunday and begins with *: both must hold. 29 February is a Sunday in 2032, 2060, 2088 and then 2128.
    BOOST_TEST(next("0 12 29 2 */7", utc(2032, 3, 1)) == "2060-02-29 12:00:00.000");
    BOOST_TEST(next("0 12 29 2 */7", utc(2088, 3, 1)) == "2128-02-29 12:00:00.000");
}

BOOST_AUTO_TEST_CASE(a_run_at_half_past_one_happens_once_on_both_change_nights) {
    BOOST_TEST(next("30 1 * * *", utc(2026, 3, 28, 1, 30), london()) == "2026-03-29 01:00:00.000");
    BOOST_TEST(next("30 1 * * *", utc(2026, 3, 29, 1), london()) == "2026-03-30 00:30:00.000");
    BOOST_TEST(next("30 1 * * *", utc(2026, 10, 24, 0, 30), london()) == "2026-10-25 00:30:00.000");
    BOOST_TEST(next("30 1 * * *", utc(2026, 10, 25, 0, 30), london()) == "2026-10-26 01:30:00.000");
}

BOOST_AUTO_TEST_CASE(what_runs_every_hour_does_not_pause_in_october) {
    BOOST_TEST(next("0 * * * *", utc(2026, 10, 24, 23), london()) == "2026-10-25 00:00:00.000");
    BOOST_TEST(next("0 * * * *", utc(2026, 10, 25, 0), london()) == "2026-10-25 01:00:00.000");
    BOOST_TEST(next("0 * * * *", utc(2026, 10, 25, 1), london()) == "2026-10-25 02:00:00.000");
    BOOST_TEST(next("0 * * * *", utc(2026, 3, 29, 0), london()) == "2026-03-29 01:00:00.000");
    BOOST_TEST(next("0 * * * *", utc(2026, 3, 29, 1), london()) == "2026-03-29 02:00:00.000");
}

BOOST_AUTO_TEST_CASE(next_is_later_a_run_and_nothing_between_is_one) {
    auto random = random_source();
    const TimePoint nights[] = {utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2027, 3, 28, 1), utc(2027, 10, 31, 1)};
    for (int i = 0; i < 1500; ++i) {
        const auto expression = random_expression(random);
        const CronExpression cron(expression);
        const auto near_night =
            nights[pick(random, 0, 3)] + std::chrono::milliseconds(pick(random, -86400000, 86400000));
        const auto anywhere = utc(2024, 1, 1) + std::chrono::milliseconds(pick(random, 0, 126230400000));
        const auto after = pick(random, 0, 1) == 0 ? near_night : anywhere;
        const auto found = cron.next(after, london());
        BOOST_TEST_CONTEXT(expression << " after " << text(after) << ": " << text(found)) {
            // Three days minute by minute; a later answer is only checked to be none of these.
            const auto horizon = after + std::chrono::hours(72);
            auto minute = std::chrono::floor<std::chrono::minutes>(after) + std::chrono::minutes(1);
            while (minute < horizon && !runs_at(cron, london(), minute)) {
                minute += std::chrono::minutes(1);
            }
            if (minute < horizon) {
                BOOST_REQUIRE_EQUAL(text(found), text(TimePoint(minute)));
            } else {
                BOOST_REQUIRE(!found || (*found >= horizon && runs_at(cron, london(), *found)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(named_hours_run_as_often_in_the_year_of_the_changes_as_days_match) {
    for (const auto* expression : {"30 1 * * *", "0 1 * * *", "59 1 * * *", "0 2 * * *", "30 0 * * *", "15 3 * * *"}) {
        const CronExpression cron(expression);
        int runs = 0;
        auto time = cron.next(london().to_utc(local(2025, 12, 31, 23, 59)), london());
        for (; time && *time < london().to_utc(local(2028, 1, 1)); time = cron.next(*time, london())) {
            ++runs;
        }
        BOOST_TEST(runs == 2 * 365, expression);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_field_is_named_with_what_it_may_hold) {
    struct Case {
        const char* expression;
        const char* part;
        const char* may_hold;
    };
    const Case cases[] = {{"60 * * * *", "field for the minute", "0 to 59"},
                          {"-1 * * * *", "field for the minute", "0 to 59"},
                          {"* 24 * * *", "field for the hour", "0 to 23"},
                          {"* * 0 * *", "field for the day of the month", "1 to 31"},
                          {"* * 32 * *", "field for the day of the month", "1 to 31"},
                          {"* * * 13 *", "field for the month", "jan to dec"},
                          {"* * * mon *", "field for the month", "jan to dec"},
                          {"* * * * 8", "field for the day of the week", "mon to sun"},
                          {"* * * * jan", "field for the day of the week", "mon to sun"},
                          {"*/0 * * * *", "step", "0 to 59"},
                          {"*/x * * * *", "step", "0 to 59"},
                          {"*/ * * * *", "step", "0 to 59"},
                          {"5/10 * * * *", "step without a range", "0 to 59"},
                          {"30-10 * * * *", "runs backwards", "0 to 59"},
                          {"1-2-3 * * * *", "more than two ends", "0 to 59"},
                          {"1,,2 * * * *", "where a number belongs", "0 to 59"},
                          {", * * * *", "where a number belongs", "0 to 59"},
                          {"** * * * *", "where a number belongs", "0 to 59"},
                          {"*-5 * * * *", "where a number belongs", "0 to 59"},
                          {"L * * * *", "where a number belongs", "0 to 59"},
                          {"0x1 * * * *", "where a number belongs", "0 to 59"}};
    for (const auto& wrong : cases) {
        const auto message = refusal([&] { CronExpression{wrong.expression}; });
        BOOST_TEST(contains(message, wrong.part), wrong.expression << ": " << message);
        BOOST_TEST(contains(message, wrong.may_hold), wrong.expression << ": " << message);
    }
    for (const auto* expression : {"", " ", "* * * *", "* * * * * *", "@daily"}) {
        BOOST_TEST(contains(refusal([&] { CronExpression{expression}; }), "write five"), expression);
    }
}

BOOST_AUTO_TEST_SUITE_END()
