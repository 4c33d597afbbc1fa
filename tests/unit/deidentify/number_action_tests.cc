#include "agent/deidentify/number_action.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(number_action_tests)

BOOST_AUTO_TEST_CASE(numbers_are_rounded_to_the_nearest_multiple_halves_away_from_nought) {
    check_values(
        apply_rule("{action: number, round: 10}", Texts{"14", "15", "-14", "-15", "4.9", "-4.9", "1e2"}).values,
        {"10", "20", "-10", "-20", "0", "0", "100"});
    check_values(apply_rule("{action: number, round: 0.5}", Texts{"1.24", "1.25", "72.8", " 3 "}).values,
                 {"1.0", "1.5", "73.0", "3.0"});
    check_values(apply_rule("{action: number, round: 0.1}", Texts{"0.3", "0.35", "12.34"}).values,
                 {"0.3", "0.4", "12.3"});
}

BOOST_AUTO_TEST_CASE(a_bin_is_named_by_its_lower_end) {
    check_values(apply_rule("{action: number, bin: 5}", Texts{"0", "4.99", "5", "9", "-1", "12"}).values,
                 {"0", "0", "5", "5", "-5", "10"});
    check_values(apply_rule("{action: number, bin: 0.25}", Texts{"0.3", "0.74"}).values, {"0.25", "0.50"});
}

BOOST_AUTO_TEST_CASE(values_beyond_the_ends_become_the_ends) {
    check_values(apply_rule("{action: number, bottom: 40, top: 120}", Texts{"39.9", "40", "70.5", "500"}).values,
                 {"40", "40", "70.5", "120"});
    check_values(apply_rule("{action: number, round: 10, top: 105}", Texts{"300"}).values, {"110"});
}

BOOST_AUTO_TEST_CASE(columns_of_numbers_are_read_as_they_are) {
    const std::vector<std::int64_t> values = {14, 15, -3};
    auto array = int64_array(values);
    check_values(apply_rule("{action: number, round: 10}", Column::import(array->array, ColumnType::int64, "f")).values,
                 {"10", "20", "0"});
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_counted) {
    const auto applied =
        apply_rule("{action: number, round: 10}",
                   Texts{"x", "1,000", "inf", "nan", "0x10", "1 2", "1e16", "", std::nullopt, "  ", "\xEF\xBC\x91"});
    check_values(applied.values, Texts(11));
    const std::map<std::string, std::uint64_t> invalid = {{"not_a_number", 8}};
    BOOST_TEST((applied.quality.invalid == invalid));
    BOOST_TEST(applied.quality.empty == 3U);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const char* const rule :
         {"{action: number}", "{action: number, round: 0}", "{action: number, round: -5}", "{action: number, round: x}",
          "{action: number, round: 0.0000001}", "{action: number, round: .5}", "{action: number, round: 5.}",
          "{action: number, round: 5, bin: 5}", "{action: number, top: many}", "{action: number, top: 1, bottom: 1}",
          "{action: number, round: 1e3}", "{action: number, round: 5, step: 3}"}) {
        const auto faults = faults_of(policy_of(rule));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, rule << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, rule);
    }
}

BOOST_AUTO_TEST_SUITE_END()
