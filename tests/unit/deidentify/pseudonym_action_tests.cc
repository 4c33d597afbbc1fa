#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string rule(const std::string& type) {
    return "{action: pseudonym, type: " + type + ", key: region-2026, domain: planning}";
}

constexpr const char* known = "gbiyxe737h5syfqo2wmd7abgea";  // of 9434765919; see pseudonymiser_tests.cc

}  // namespace

BOOST_AUTO_TEST_SUITE(pseudonym_action_tests)

BOOST_AUTO_TEST_CASE(each_value_is_counted_once_by_what_it_is) {
    const auto [values, quality] = apply_rule(
        rule("nhs_number"), {"943 476 5919", std::nullopt, "", " ", "9434765918", "12", "3333333333", "9434765919"});
    check_values(values, {known, {}, {}, {}, {}, {}, {}, known});
    BOOST_TEST(quality.filled == 2U);
    BOOST_TEST(quality.empty == 3U);
    BOOST_TEST(quality.invalid.at("check_digit") == 1U);
    BOOST_TEST(quality.invalid.at("not_ten_digits") == 1U);
    BOOST_TEST(quality.invalid.at("equal_digits") == 1U);
    BOOST_TEST(quality.nhs_number);
    BOOST_TEST(rows_of(quality) == 8U);
}

BOOST_AUTO_TEST_CASE(a_number_column_gives_the_pseudonym_of_its_digits) {
    const auto integers = int64_array({9434765919, 0}, {true, false});
    check_values(apply_rule(rule("nhs_number"), Column::import(integers->array, ColumnType::int64, "f")).values,
                 {known, {}});
    const auto floats = int64_array({0});
    const double number = 9434765919.0;
    std::memcpy(floats->values.data(), &number, sizeof number);
    check_values(apply_rule(rule("nhs_number"), Column::import(floats->array, ColumnType::float64, "f")).values,
                 {known});
}

BOOST_AUTO_TEST_CASE(a_sliced_column_gives_the_pseudonyms_of_its_rows) {
    const auto array = text_array({"9990000018", "9434765919", std::nullopt, "9434765919", "9990000018"});
    array->array.offset = 1;
    array->array.length = 3;
    check_values(apply_rule(rule("nhs_number"), Column::import(array->array, ColumnType::utf8, "f")).values,
                 {known, {}, known});
}

BOOST_AUTO_TEST_CASE(only_an_nhs_number_field_is_marked_as_one) {
    BOOST_TEST(!apply_rule(rule("identifier"), Texts{"1"}).quality.nhs_number);
    BOOST_TEST(!apply_rule(rule("uprn"), Texts{"1"}).quality.nhs_number);
    BOOST_TEST(!apply_rule(rule("text"), Texts{"1"}).quality.nhs_number);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_invalid_and_null) {
    const auto [values, quality] = apply_rule(rule("identifier"), {"caf\xe9", "x"});
    BOOST_TEST(!values.at(0).has_value());
    BOOST_TEST(values.at(1).has_value());
    BOOST_TEST(quality.invalid.at("invalid_text") == 1U);
    BOOST_TEST(rows_of(quality) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
