#include "agent/deidentify/age_action.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(age_action_tests)

BOOST_AUTO_TEST_CASE(years_are_whole_years_at_another_date) {
    const auto applied = apply_to_fields(
        "{action: age, at: admitted}",
        {{"f", {"1950-03-02", "1950-03-02", "1950-03-02", "2026-01-01", "1996-02-29", "1996-02-29", "1996-02-29"}},
         {"admitted",
          {"2026-03-01", "2026-03-02", "2026-03-03T08:00", "2026-01-01", "2026-02-28", "2026-03-01", "2024-02-29"}}});
    check_values(applied.values, {"75", "76", "76", "0", "29", "30", "28"});
    BOOST_TEST(applied.quality.filled == 7U);
}

BOOST_AUTO_TEST_CASE(without_a_reference_the_runs_date_is_taken) {
    check_values(apply_rule("{action: age}", Texts{"1950-11-22", "1950-11-23", "2026-11-22"}).values,
                 {"76", "75", "0"});  // the runs of these tests are on 2026-11-22
}

BOOST_AUTO_TEST_CASE(bands_and_the_top_hide_the_exact_age) {
    const Texts births = {"2026-11-22", "2022-01-01", "2021-11-22", "1938-11-22",
                          "1937-11-22", "1936-11-22", "1926-01-01"};
    check_values(apply_rule("{action: age, band: 5, top: 90}", births).values,
                 {"0-4", "0-4", "5-9", "85-89", "85-89", "90+", "90+"});
    check_values(apply_rule("{action: age, band: 10, top: 85}", births).values,
                 {"0-9", "0-9", "0-9", "85+", "85+", "85+", "85+"});
    check_values(apply_rule("{action: age, band: 20, top: 90}", births).values,
                 {"0-19", "0-19", "0-19", "80-89", "80-89", "90+", "90+"});
    check_values(apply_rule("{action: age, top: 90}", births).values, {"0", "4", "5", "88", "89", "90+", "90+"});
}

BOOST_AUTO_TEST_CASE(an_age_that_cannot_be_is_counted_by_its_reason) {
    const auto applied = apply_to_fields(
        "{action: age, at: admitted}",
        {{"f", {"31/02/2020", "2030-01-01", "1860-01-01", "1950-01-01", "1950-01-01", std::nullopt, ""}},
         {"admitted", {"2026-01-01", "2026-01-01", "2026-01-01", "", "rubbish", "2026-01-01", "2026-01-01"}}});
    check_values(applied.values, Texts(7));
    const std::map<std::string, std::uint64_t> invalid = {
        {"not_a_date", 1}, {"born_later", 1}, {"implausible", 1}, {"no_reference_date", 2}};
    BOOST_TEST((applied.quality.invalid == invalid));
    BOOST_TEST(applied.quality.empty == 2U);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const char* const rule :
         {"{action: age, band: 0}", "{action: age, band: x}", "{action: age, top: 0}", "{action: age, top: 131}",
          "{action: age, at: ''}", "{action: age, precision: year}"}) {
        const auto faults = faults_of(policy_of(rule));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, rule << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, rule);
    }
}

BOOST_AUTO_TEST_CASE(a_reference_that_the_source_lacks_stops_the_stream) {
    BOOST_CHECK_EXCEPTION(apply_rule("{action: age, at: admitted}", Texts{"1950-01-01"}), ConfigurationError,
                          [](const ConfigurationError& error) {
                              return std::string(error.what()).find("needs the field 'admitted'") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_SUITE_END()
