#include "agent/platform/clock.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/platform/error.h"

namespace tributary {

BOOST_AUTO_TEST_SUITE(clock_tests)

BOOST_AUTO_TEST_CASE(a_time_is_written_in_utc_with_milliseconds) {
    using namespace std::chrono;
    const TimePoint time = sys_days(year(2026) / 11 / 22) + hours(8) + minutes(30) + milliseconds(7);
    BOOST_TEST(to_rfc3339(time) == "2026-11-22T08:30:00.007Z");
    BOOST_TEST(to_rfc3339(TimePoint{} - milliseconds(1)) == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(to_rfc3339(sys_days(year(33) / 1 / 2)) == "0033-01-02T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_time_that_has_no_form_is_an_error) {
    using namespace std::chrono;
    BOOST_CHECK_THROW(to_rfc3339(sys_days(year(10000) / 1 / 1)), Error);
    BOOST_CHECK_THROW(to_rfc3339(sys_days(year(-1) / 12 / 31)), Error);
    BOOST_CHECK_THROW(to_rfc3339(TimePoint::max()), Error);
}

BOOST_AUTO_TEST_CASE(every_form_of_rfc_3339_is_read) {
    const TimePoint time = from_rfc3339("2026-11-22T08:30:00.000Z");
    for (const char* text : {"2026-11-22t08:30:00z", "2026-11-22T08:30:00.0Z", "2026-11-22T08:30:00.000999999999Z",
                             "2026-11-22T09:00:00+00:30", "2026-11-21T23:00:00-09:30", "2026-11-22T08:30:00-00:00"}) {
        BOOST_TEST_INFO(text);
        BOOST_TEST((from_rfc3339(text) == time));
    }
    BOOST_TEST((from_rfc3339("2026-11-22T08:30:00.25Z") - time == std::chrono::milliseconds(250)));
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back) {
    for (const char* text : {"0000-01-01T00:00:00.000Z", "2000-02-29T23:59:59.999Z", "9999-12-31T23:59:59.999Z"}) {
        BOOST_TEST(to_rfc3339(from_rfc3339(text)) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_leap_second_is_read_at_the_end_of_a_day_only) {
    BOOST_TEST(to_rfc3339(from_rfc3339("2016-12-31T23:59:60Z")) == "2017-01-01T00:00:00.000Z");
    BOOST_TEST(to_rfc3339(from_rfc3339("2017-01-01T00:59:60+01:00")) == "2017-01-01T00:00:00.000Z");
    BOOST_CHECK_THROW(from_rfc3339("2016-12-31T12:00:60Z"), Error);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_time_is_not_repeated_in_the_error) {
    BOOST_CHECK_EXCEPTION(from_rfc3339("1954-03-02 John"), Error, [](const Error& error) {
        return std::string(error.what()).find("1954") == std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_an_input_error) {
    for (const char* text : {"",
                             "2026",
                             "2026-11-22",
                             "2026-11-22 08:30:00Z",
                             "2026-11-22T08:30:00",
                             "2026-11-22T08:30Z",
                             "2026-02-29T08:30:00Z",
                             "2026-13-01T08:30:00Z",
                             "2026-00-10T08:30:00Z",
                             "2026-11-22T24:00:00Z",
                             "2026-11-22T08:60:00Z",
                             "2026-11-22T08:30:61Z",
                             "2026-11-22T08:30:00.Z",
                             "2026-11-22T08:30:00Zx",
                             "2026-11-22T08:30:00+24:00",
                             "2026-11-22T08:30:00+0100",
                             "2026-11-22T08:30:00+01:60",
                             "+026-11-22T08:30:00Z",
                             "2026-11-22T08:30:0\xC2\xB2Z",
                             "99999-11-22T08:30:00Z"}) {
        BOOST_TEST_INFO(text);
        BOOST_CHECK_EXCEPTION(from_rfc3339(text), Error,
                              [](const Error& error) { return error.code() == ErrorCode::input; });
    }
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_what_is_waited_for_is_there) {
    std::mutex mutex;
    std::condition_variable condition;
    bool ready = false;
    std::thread other([&] {
        const std::lock_guard lock(mutex);
        ready = true;
        condition.notify_all();
    });
    std::unique_lock lock(mutex);
    // "For ever", and no overflow into the past.
    BOOST_TEST(system_clock().wait_for(condition, lock, std::chrono::milliseconds::max(), [&] { return ready; }));
    lock.unlock();
    other.join();
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_the_time_has_passed) {
    std::mutex mutex;
    std::condition_variable condition;
    std::unique_lock lock(mutex);
    const auto before = system_clock().steady();
    BOOST_TEST(!system_clock().wait_for(condition, lock, std::chrono::milliseconds(20), [] { return false; }));
    BOOST_TEST((system_clock().steady() - before >= std::chrono::milliseconds(20)));
    BOOST_TEST(lock.owns_lock());
    BOOST_TEST(!system_clock().wait_for(condition, lock, std::chrono::milliseconds(-5), [] { return false; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
