#include "agent/deidentify/date_format.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "agent/deidentify/date_reader.h"
#include "agent/record/civil_date.h"

using namespace tributary;

namespace {

/// "2026-11-22", with "T13" if a time was read, or "" if it is no date.
std::string read(std::string_view pattern, std::string_view text) {
    std::string fault;
    const auto format = DateFormat::compile(pattern, fault);
    BOOST_REQUIRE_MESSAGE(format.has_value(), pattern << " " << fault);
    WrittenDate date;
    if (!format->read(text, date)) {
        return "";
    }
    char out[32];
    std::snprintf(out, sizeof out, date.has_time ? "%04d-%02u-%02uT%02u" : "%04d-%02u-%02u", date.year, date.month,
                  date.day, date.hour);
    return out;
}

std::string fault_of(std::string_view pattern) {
    std::string fault;
    return DateFormat::compile(pattern, fault) ? "it compiled" : fault;
}

bool contradict(std::string_view one, std::string_view other) {
    std::string fault;
    return DateFormat::compile(one, fault).value().contradicts(DateFormat::compile(other, fault).value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(date_format_tests)

BOOST_AUTO_TEST_CASE(each_letter_reads_what_it_stands_for) {
    BOOST_TEST(read("yyyy-MM-dd", "2026-11-22") == "2026-11-22");
    BOOST_TEST(read("dd/MM/yyyy", "22/11/2026") == "2026-11-22");
    BOOST_TEST(read("yyyyMMdd", "20261122") == "2026-11-22");
    BOOST_TEST(read("d/M/yyyy", "2/1/2026") == "2026-01-02");
    BOOST_TEST(read("d/M/yyyy", "22/11/2026") == "2026-11-22");
    BOOST_TEST(read("d/M/yyyy HH:mm:ss", "1/8/1973 00:00:00") == "1973-08-01T00");
    BOOST_TEST(read("dd.MM.yyyy H:mm", "22.11.2026 9:05") == "2026-11-22T09");
    BOOST_TEST(read("yyyyMMddHHmmss", "20261122130500") == "2026-11-22T13");
    BOOST_TEST(read("yyyy'y'MM'm'dd''''", "2026y11m22''") == "2026-11-22");
    BOOST_TEST(read("yyyy'y'MM'm'dd''", "2026y11m22'") == "2026-11-22");
}

BOOST_AUTO_TEST_CASE(what_does_not_have_the_form_is_no_date) {
    for (const auto* const text :
         {"", "2026", "2026-11", "2026-11-2", "2026-11-222", "2026/11/22", " 2026-11-22", "26-11-22", "2026-1-22",
          "2026-11-22 ", "2026-11-2x", "-026-11-22", "+2026-11-22", "2026-11-22T", "2026-11-22Z"}) {
        BOOST_TEST(read("yyyy-MM-dd", text) == "", text);
    }
    BOOST_TEST(read("dd/MM/yyyy", "2/11/2026") == "");
    BOOST_TEST(read("d/M/yyyy", "222/1/2026") == "");
}

BOOST_AUTO_TEST_CASE(only_days_that_the_calendar_has_are_dates) {
    BOOST_TEST(read("dd/MM/yyyy", "31/02/2020") == "");
    BOOST_TEST(read("dd/MM/yyyy", "29/02/2020") == "2020-02-29");
    BOOST_TEST(read("dd/MM/yyyy", "29/02/2021") == "");
    BOOST_TEST(read("dd/MM/yyyy", "29/02/1900") == "");
    BOOST_TEST(read("dd/MM/yyyy", "29/02/2000") == "2000-02-29");
    BOOST_TEST(read("dd/MM/yyyy", "31/04/2020") == "");
    BOOST_TEST(read("dd/MM/yyyy", "00/04/2020") == "");
    BOOST_TEST(read("dd/MM/yyyy", "01/00/2020") == "");
    BOOST_TEST(read("dd/MM/yyyy", "01/13/2020") == "");
}

BOOST_AUTO_TEST_CASE(years_from_1850_to_2150_are_read) {
    BOOST_TEST(read("yyyy-MM-dd", "1849-12-31") == "");
    BOOST_TEST(read("yyyy-MM-dd", "1850-01-01") == "1850-01-01");
    BOOST_TEST(read("yyyy-MM-dd", "2150-12-31") == "2150-12-31");
    BOOST_TEST(read("yyyy-MM-dd", "2151-01-01") == "");
    BOOST_TEST(read("yyyy-MM-dd", "9999-12-31") == "");
}

BOOST_AUTO_TEST_CASE(every_day_is_read_back_and_no_other) {
    std::string fault;
    const auto format = DateFormat::compile("yyyy-MM-dd", fault);
    std::size_t days = 0;
    for (int year = 1890; year <= 2110; ++year) {
        for (unsigned month = 0; month <= 13; ++month) {
            for (unsigned day = 0; day <= 32; ++day) {
                char text[32];
                std::snprintf(text, sizeof text, "%04d-%02u-%02u", year, month, day);
                WrittenDate date;
                const bool is_date = format->read(text, date);
                // A real date comes back from the number of its day; the 31st of February does not.
                const bool expected = month >= 1 && month <= 12 && day >= 1 &&
                                      civil_date(days_since_epoch({year, month, day})) == CivilDate{year, month, day};
                BOOST_REQUIRE_EQUAL(is_date, expected);
                days += is_date ? 1 : 0;
            }
        }
    }
    BOOST_TEST(days == 221U * 365 + 53);  // 1892 to 2108 has 55 multiples of four, less 1900 and 2100
}

BOOST_AUTO_TEST_CASE(times_are_checked_too) {
    constexpr auto* pattern = "yyyy-MM-dd HH:mm:ss";
    BOOST_TEST(read(pattern, "2026-11-22 23:59:59") == "2026-11-22T23");
    BOOST_TEST(read(pattern, "2026-11-22 24:00:00") == "");
    BOOST_TEST(read(pattern, "2026-11-22 12:60:00") == "");
    BOOST_TEST(read(pattern, "2026-11-22 12:00:60") == "");
    BOOST_TEST(read(pattern, "2026-11-22 12:00") == "");
    BOOST_TEST(read(pattern, "2026-11-22T12:00:00") == "");
}

BOOST_AUTO_TEST_CASE(fractions_and_zones_may_follow_a_time_and_change_nothing) {
    constexpr auto* pattern = "yyyy-MM-dd'T'HH:mm:ss";
    for (const auto* const end :
         {"", ".1", ".123", ".123456789", ",5", "Z", "z", "+01:00", "-05:30", "+0100", "+01", ".000Z", ".123+01:00"}) {
        BOOST_TEST(read(pattern, std::string("2026-11-22T23:30:00") + end) == "2026-11-22T23", end);
    }
    for (const auto* const end : {".", ".1234567890", "+", "+1", "+1:00", "+01:", "+01:60", "+15:00", "+01:00Z", "ZZ",
                                  " Z", ".5.5", "+01:0", "+01:000", "x"}) {
        BOOST_TEST(read(pattern, std::string("2026-11-22T23:30:00") + end) == "", end);
    }
    BOOST_TEST(read("yyyy-MM-dd HH:mm", "2026-11-22 23:30Z") == "2026-11-22T23");
    BOOST_TEST(read("yyyy-MM-dd HH:mm", "2026-11-22 23:30.5") == "");
    BOOST_TEST(read("HH:mm dd/MM/yyyy", "23:30 22/11/2026Z") == "");
}

BOOST_AUTO_TEST_CASE(a_pattern_that_cannot_be_used_says_why) {
    BOOST_TEST(fault_of("dd/MM/yy").find("two digits") != std::string::npos);
    BOOST_TEST(fault_of("yyyyy-MM-dd").find("'yyyyy'") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-mm-dd").find("mm are minutes") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-ddTHH:mm").find("single quotes") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MMM-dd").find("'MMM'") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-dd'T").find("not closed") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-dd dd").find("twice") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-dd M").find("twice") != std::string::npos);
    BOOST_TEST(fault_of("dMyyyy").find("where it ends") != std::string::npos);
    BOOST_TEST(fault_of("yyyyMMd0").find("where it ends") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-dd mm").find("without hours") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM-dd HH:ss").find("without minutes") != std::string::npos);
    BOOST_TEST(fault_of("yyyy-MM").find("day") != std::string::npos);
    BOOST_TEST(fault_of("").find("year") != std::string::npos);
    BOOST_TEST(fault_of("yyyyMMdd" + std::string(100, '-')).find("too long") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(day_and_month_the_other_way_round_contradict_each_other) {
    BOOST_TEST(contradict("dd/MM/yyyy", "MM/dd/yyyy"));
    BOOST_TEST(contradict("d/M/yyyy", "MM/dd/yyyy"));
    BOOST_TEST(contradict("yyyy-MM-dd HH:mm", "yyyy-dd-MM HH:mm"));
    BOOST_TEST(!contradict("dd/MM/yyyy", "d/M/yyyy"));
    BOOST_TEST(!contradict("dd/MM/yyyy", "MM-dd-yyyy"));
    BOOST_TEST(!contradict("yyyyMMdd", "ddMMyyyy"));
}

// Without a separator, eight digits could be either; with years from 1850 to 2150 they never are.
BOOST_AUTO_TEST_CASE(eight_digits_are_a_date_of_one_order_only) {
    std::string fault;
    const auto year_first = DateFormat::compile("yyyyMMdd", fault);
    for (const auto* const pattern : {"ddMMyyyy", "MMddyyyy"}) {
        const auto year_last = DateFormat::compile(pattern, fault);
        for (std::int64_t day = days_since_epoch({1850, 1, 1}); day <= days_since_epoch({2150, 12, 31}); ++day) {
            const CivilDate date = civil_date(day);
            char text[32];
            std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year), date.month, date.day);
            WrittenDate read;
            BOOST_REQUIRE(year_first->read(text, read));
            BOOST_REQUIRE(!year_last->read(text, read));
        }
    }
}

BOOST_AUTO_TEST_CASE(iso_dates_are_read_without_any_declared_format) {
    const DateReader reader = DateReader::iso();
    WrittenDate date;
    for (const auto* const text : {"2026-11-22", "2026-11-22 13:05", "2026-11-22 13:05:00", "2026-11-22T13:05",
                                   "2026-11-22T13:05:00", "2026-11-22T13:05:00.5Z", "2026-11-22T13:05:00+00:00"}) {
        BOOST_TEST(reader.read(text, date), text);
        BOOST_TEST(date.day == 22U);
    }
    BOOST_TEST(!reader.read("22/11/2026", date));
}

BOOST_AUTO_TEST_SUITE_END()
