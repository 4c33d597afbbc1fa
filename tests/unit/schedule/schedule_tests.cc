#include "agent/schedule/schedule.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/schedule/moments.h"

using namespace tributary;
using namespace tributary::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(schedule_tests)

BOOST_AUTO_TEST_CASE(what_never_ran_is_due_at_once) {
    const auto now = utc(2026, 11, 22, 8, 30);
    BOOST_TEST(text(Schedule::every(minutes(15)).next(now, {})) == text(now + milliseconds(1)));
    BOOST_TEST(text(Schedule::watch(seconds(5)).next(now, {})) == text(now + milliseconds(1)));
}

BOOST_AUTO_TEST_CASE(every_counts_from_the_last_run) {
    const auto now = utc(2026, 11, 22, 8, 30);
    const auto schedule = Schedule::every(minutes(15));
    BOOST_TEST(text(schedule.next(now, now - minutes(5))) == text(now + minutes(10)));
    BOOST_TEST(text(schedule.next(now, now)) == text(now + minutes(15)));
    BOOST_TEST(text(schedule.next(now, now - hours(50))) == text(now + milliseconds(1)));
}

// Dates of the changes: gov.uk, "When do the clocks change?".
BOOST_AUTO_TEST_CASE(a_run_at_half_past_one_happens_once_on_every_change_night) {
    const auto schedule = Schedule::at({parse_time_of_day("01:30")}, london());
    struct Night {
        TimePoint evening;
        TimePoint run;
        TimePoint next_run;
    };
    const Night nights[] = {{utc(2026, 3, 28, 22), utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30)},
                            {utc(2026, 10, 24, 22), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)},
                            {utc(2027, 3, 27, 22), utc(2027, 3, 28, 1), utc(2027, 3, 29, 0, 30)},
                            {utc(2027, 10, 30, 22), utc(2027, 10, 31, 0, 30), utc(2027, 11, 1, 1, 30)}};
    for (const auto& night : nights) {
        BOOST_TEST(text(schedule.next(night.evening, {})) == text(night.run));
        BOOST_TEST(text(schedule.next(night.run, night.run)) == text(night.next_run));
        // A restart in the repeated hour, with the last run remembered or forgotten, does not repeat the run.
        BOOST_TEST(text(schedule.next(night.run + minutes(60), night.run)) == text(night.next_run));
        BOOST_TEST(text(schedule.next(night.run + minutes(30), {})) == text(night.next_run));
    }
}

BOOST_AUTO_TEST_CASE(each_time_of_day_happens_on_each_day_of_two_years) {
    auto random = random_source();
    for (int i = 0; i < 40; ++i) {
        const auto of_day = minutes(i < 20 ? pick(random, 0, 180) : pick(random, 0, 1439));
        const auto schedule = Schedule::at({of_day}, london());
        std::optional<TimePoint> last;
        auto now = london().to_utc(local(2025, 12, 31, 23, 59));
        std::chrono::local_days day{std::chrono::year(2026) / 1 / 1};
        for (int count = 0; count < 730; ++count, day += std::chrono::days(1)) {
            const auto run = schedule.next(now, last);
            BOOST_REQUIRE(run && *run > now);
            BOOST_REQUIRE_EQUAL(text(*run), text(london().to_utc(day + of_day)));
            last = run;
            now = *run;
        }
    }
}

BOOST_AUTO_TEST_CASE(several_times_of_day_take_turns) {
    const auto schedule = Schedule::at({hours(14), hours(2), hours(14)}, TimeZone());
    const auto day = utc(2026, 11, 22);
    BOOST_TEST(text(schedule.next(day, {})) == text(day + hours(2)));
    BOOST_TEST(text(schedule.next(day + hours(2), {})) == text(day + hours(14)));
    BOOST_TEST(text(schedule.next(day + hours(14), {})) == text(day + hours(26)));
    BOOST_TEST(text(schedule.next(day - milliseconds(1), {})) == text(day + hours(2)));
}

BOOST_AUTO_TEST_CASE(next_is_strictly_after_now_and_after_the_last_run) {
    auto random = random_source();
    const Schedule schedules[] = {Schedule::every(minutes(7)), Schedule::watch(seconds(5)),
                                  Schedule::at({minutes(90), minutes(840)}, london()),
                                  Schedule::cron("*/20 1-3 * * *", london())};
    for (int i = 0; i < 4000; ++i) {
        const auto now = utc(2026, 10, 20) + milliseconds(pick(random, 0, 864000000));
        const auto last = now + milliseconds(pick(random, -86400000, 172800000));
        for (const auto& schedule : schedules) {
            const auto next = schedule.next(now, last);
            BOOST_REQUIRE(next && *next > now && (*next > last || &schedule < &schedules[2]));
            const auto first = schedule.next(now, {});
            BOOST_REQUIRE(first && *first > now && *first <= *next);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumped_back_does_not_repeat_a_run) {
    const auto run = utc(2026, 11, 22, 2);
    const auto schedule = Schedule::at({hours(2)}, TimeZone());
    BOOST_TEST(text(schedule.next(run - hours(1), run)) == text(run + hours(24)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumped_back_makes_no_interval_longer) {
    const auto now = utc(2026, 11, 22, 8, 30);
    for (const auto ahead : {seconds(1), seconds(1800), seconds(100000)}) {
        BOOST_TEST(text(Schedule::watch(seconds(5)).next(now, now + ahead)) == text(now + seconds(5)));
        BOOST_TEST(text(Schedule::every(minutes(15)).next(now, now + ahead)) == text(now + minutes(15)));
    }
}

BOOST_AUTO_TEST_CASE(a_last_run_years_ahead_does_not_stop_a_source) {
    const auto now = utc(2026, 11, 22, 8, 30);
    const auto wrong = utc(2037, 1, 1);
    BOOST_TEST(text(Schedule::every(minutes(15)).next(now, wrong)) == text(now + milliseconds(1)));
    BOOST_TEST(text(Schedule::at({hours(2)}, TimeZone()).next(now, wrong)) == text(utc(2026, 11, 23, 2)));
}

BOOST_AUTO_TEST_CASE(a_cron_for_a_date_that_never_comes_is_never_due) {
    BOOST_TEST(text(Schedule::cron("0 0 31 2 *", london()).next(utc(2026, 1, 1), {})) == "never");
}

BOOST_AUTO_TEST_CASE(a_schedule_describes_itself) {
    BOOST_TEST(Schedule::every(minutes(15)).describe() == "every 15 minutes");
    BOOST_TEST(Schedule::at({hours(14), hours(2)}, london()).describe() == "daily at 02:00, 14:00 Europe/London");
    BOOST_TEST(Schedule::cron("30 1 * * 1-5", london()).describe() == "cron '30 1 * * 1-5' Europe/London");
    BOOST_TEST(Schedule::watch(seconds(5)).describe() == "when there is something new, looked at every 5 seconds");
    BOOST_TEST(Schedule::watch(seconds(5)).is_watch());
    BOOST_TEST(!Schedule::every(minutes(15)).is_watch());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_schedule_is_refused) {
    BOOST_TEST(contains(refusal([] { Schedule::every(seconds(0)); }), "from 1s to 366d"));
    BOOST_TEST(contains(refusal([] { Schedule::every(std::chrono::days(367)); }), "from 1s to 366d"));
    BOOST_TEST(contains(refusal([] { Schedule::watch(seconds(0)); }), "from 1s to 1d"));
    BOOST_TEST(contains(refusal([] { Schedule::watch(std::chrono::days(2)); }), "from 1s to 1d"));
    BOOST_TEST(contains(refusal([] { Schedule::at({}, TimeZone()); }), "time of day is missing"));
    BOOST_TEST(contains(refusal([] { Schedule::at({hours(24)}, TimeZone()); }), "23:59"));
    BOOST_TEST(contains(refusal([] { Schedule::cron("daily", TimeZone()); }), "write five"));
}

BOOST_AUTO_TEST_SUITE_END()
