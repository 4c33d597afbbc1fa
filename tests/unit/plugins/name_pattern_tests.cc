#include "plugins/csv/name_pattern.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace tributary::csv;

BOOST_AUTO_TEST_SUITE(name_pattern_tests)

BOOST_AUTO_TEST_CASE(a_star_is_any_number_of_characters_and_a_question_mark_one) {
    BOOST_CHECK(fits("admissions*.csv", "admissions.csv"));
    BOOST_CHECK(fits("admissions*.csv", "admissions_2026-11-22.csv"));
    BOOST_CHECK(!fits("admissions*.csv", "admissions.csv.gz"));
    BOOST_CHECK(!fits("admissions*.csv", "Admissions.csv"));
    BOOST_CHECK(fits("*", "x"));
    BOOST_CHECK(fits("a?c", "abc"));
    BOOST_CHECK(!fits("a?c", "ac"));
    BOOST_CHECK(fits("*a*b*", "xxaxxbxx"));
    BOOST_CHECK(!fits("*a*b*", "xxbxxaxx"));
    BOOST_CHECK(fits("a**", "a"));
    BOOST_CHECK(!fits("", "a"));
}

BOOST_AUTO_TEST_CASE(many_stars_do_not_take_for_ever) {
    const std::string pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    BOOST_CHECK(!fits(pattern, std::string(250, 'a')));
}

BOOST_AUTO_TEST_CASE(files_in_the_making_are_passed_over) {
    for (const char* name : {".hidden.csv", "a.csv.filepart", "a.FilePart", "a.tmp", "a.part", "a.csv~", ""}) {
        BOOST_CHECK(is_passed_over(name));
    }
    for (const char* name : {"a.csv", "part.csv", "tmp", "a.tmp.csv"}) {
        BOOST_CHECK(!is_passed_over(name));
    }
}

BOOST_AUTO_TEST_CASE(a_pattern_is_for_names_that_can_be_taken) {
    BOOST_CHECK(why_no_pattern("*.csv").empty());
    BOOST_CHECK(!why_no_pattern("").empty());
    BOOST_CHECK(!why_no_pattern("sub/*.csv").empty());
    BOOST_CHECK(!why_no_pattern("*.tmp").empty());
}

BOOST_AUTO_TEST_SUITE_END()
