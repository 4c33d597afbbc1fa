#include "agent/deidentify/date_action.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "agent/keys/digest.h"
#include "agent/record/civil_date.h"
#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string rule(const std::string& precision) {
    return "{action: date, precision: " + precision + "}";
}

std::string reduced(int year, unsigned month, unsigned day, DatePrecision precision) {
    char out[longest_reduced_date];
    const auto size = write_reduced_date({year, month, day, 13, true}, precision, out);
    return {out, size};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(date_action_tests)

BOOST_AUTO_TEST_CASE(each_precision_has_its_form) {
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::year) == "2026");
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::quarter) == "2026-Q4");
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::month) == "2026-11");
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::week) == "2026-W47");
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::day) == "2026-11-22");
    BOOST_TEST(reduced(2026, 11, 22, DatePrecision::hour) == "2026-11-22T13");
    const char* const quarters[] = {"Q1", "Q1", "Q1", "Q2", "Q2", "Q2", "Q3", "Q3", "Q3", "Q4", "Q4", "Q4"};
    for (unsigned month = 1; month <= 12; ++month) {
        BOOST_TEST(reduced(2026, month, 1, DatePrecision::quarter) == std::string("2026-") + quarters[month - 1]);
    }
}

BOOST_AUTO_TEST_CASE(weeks_at_the_turn_of_the_year_belong_to_the_year_of_their_thursday) {
    const struct {
        int year;
        unsigned month, day;
        const char* week;
    } known[] = {{2018, 12, 31, "2019-W01"}, {2020, 12, 31, "2020-W53"}, {2021, 1, 3, "2020-W53"},
                 {2021, 1, 4, "2021-W01"},   {2016, 1, 3, "2015-W53"},   {2005, 1, 1, "2004-W53"},
                 {2024, 12, 30, "2025-W01"}, {2027, 1, 3, "2026-W53"},   {2010, 1, 3, "2009-W53"}};
    for (const auto& day : known) {
        BOOST_TEST(reduced(day.year, day.month, day.day, DatePrecision::week) == day.week);
    }
}

// All of them against Python:
//   import datetime, hashlib; h, d = hashlib.sha256(), datetime.date(1850, 1, 1)
//   while d <= datetime.date(2150, 12, 31):
//       y, w, _ = d.isocalendar(); h.update(f'{d.isoformat()} {y:04d}-W{w:02d}\n'.encode()); d += datetime.timedelta(1)
//   print(h.hexdigest())
BOOST_AUTO_TEST_CASE(the_week_of_every_day_of_three_centuries_is_that_of_python) {
    Sha256 digest;
    for (std::int64_t day = days_since_epoch({1850, 1, 1}); day <= days_since_epoch({2150, 12, 31}); ++day) {
        const CivilDate date = civil_date(day);
        const auto year = static_cast<int>(date.year);
        digest.update(reduced(year, date.month, date.day, DatePrecision::day) + " " +
                      reduced(year, date.month, date.day, DatePrecision::week) + "\n");
    }
    BOOST_TEST(to_hex(digest.finish()) == "d716b19a2fff9e9ecb026b05ad503e689667173e3a4db7f262540f3bb106dbd8");
}

BOOST_AUTO_TEST_CASE(values_are_read_in_the_declared_formats_and_counted) {
    const auto [values, quality] = apply_rule(
        rule("month"), {"22/11/2026", " 22/11/2026 ", "2026-11-22", "31/02/2020", "", "  ", std::nullopt, "today"},
        "date_formats: [dd/MM/yyyy]\n");
    check_values(values, {"2026-11", "2026-11", {}, {}, {}, {}, {}, {}});
    BOOST_TEST(quality.filled == 2U);
    BOOST_TEST(quality.empty == 3U);
    BOOST_TEST(quality.invalid.at("not_a_date") == 3U);
    BOOST_TEST(rows_of(quality) == 8U);
}

BOOST_AUTO_TEST_CASE(an_hour_needs_a_time) {
    const auto [values, quality] = apply_rule(rule("hour"), {"2026-11-22", "2026-11-22T13:59:59", "x"});
    check_values(values, {{}, "2026-11-22T13", {}});
    BOOST_TEST(quality.invalid.at("no_time") == 1U);
    BOOST_TEST(quality.invalid.at("not_a_date") == 1U);
    BOOST_TEST(rows_of(quality) == 3U);
}

BOOST_AUTO_TEST_CASE(a_zone_does_not_move_the_written_day) {
    check_values(apply_rule(rule("day"), {"2026-11-22T23:30:00-05:00", "2026-11-22T00:30:00+01:00"}).values,
                 {"2026-11-22", "2026-11-22"});
}

BOOST_AUTO_TEST_CASE(date_columns_are_reduced_without_a_format) {
    const auto source = int64_array({0, 0});
    const std::int32_t days[] = {20779, -1, -200'000, 0};
    std::memcpy(source->values.data(), days, sizeof days);
    source->array.length = 4;
    source->validity = bit_map({true, true, true, false});
    source->buffers[0] = source->validity.data();
    source->point();
    const Column column = Column::import(source->array, ColumnType::date32, "f");
    const auto [values, quality] = apply_rule(rule("week"), column);
    check_values(values, {"2026-W47", "1970-W01", {}, {}});
    BOOST_TEST(quality.invalid.at("not_a_date") == 1U);
    BOOST_TEST(quality.empty == 1U);
    BOOST_TEST(apply_rule(rule("hour"), column).quality.invalid.at("no_time") == 2U);
}

BOOST_AUTO_TEST_CASE(timestamp_columns_are_reduced_without_a_format) {
    const auto source = int64_array({1'795'352'400'000'000, -1});
    const Column column = Column::import(source->array, ColumnType::timestamp, "f");
    check_values(apply_rule(rule("hour"), column).values, {"2026-11-22T13", "1969-12-31T23"});
    check_values(apply_rule(rule("quarter"), column).values, {"2026-Q4", "1969-Q4"});
}

BOOST_AUTO_TEST_SUITE_END()
