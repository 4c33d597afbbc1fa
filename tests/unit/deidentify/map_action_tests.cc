#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string rule(const std::string& rest) {
    return "{action: map, values: {\"1\": home, \"2\": transfer, \"9\": null}" + rest + "}";
}

const Texts values_in = {"1", "2", "3", "9", "", std::nullopt};

}  // namespace

BOOST_AUTO_TEST_SUITE(map_action_tests)

BOOST_AUTO_TEST_CASE(what_the_table_does_not_name_is_null_and_counted) {
    for (const auto* const end : {"", ", else: null"}) {
        const auto [values, quality] = apply_rule(rule(end), values_in);
        check_values(values, {"home", "transfer", {}, {}, {}, {}});
        BOOST_TEST(quality.filled == 3U);
        BOOST_TEST(quality.empty == 2U);
        BOOST_TEST(quality.invalid.at("not_mapped") == 1U);
    }
}

BOOST_AUTO_TEST_CASE(what_the_table_does_not_name_can_be_kept) {
    const auto [values, quality] = apply_rule(rule(", else: keep"), values_in);
    check_values(values, {"home", "transfer", "3", {}, "", {}});
    BOOST_TEST(quality.filled == 4U);
    BOOST_TEST(quality.invalid.empty());
}

BOOST_AUTO_TEST_CASE(what_the_table_does_not_name_can_be_other) {
    const auto [values, quality] = apply_rule(rule(", else: other"), values_in);
    check_values(values, {"home", "transfer", "other", {}, {}, {}});
    BOOST_TEST(quality.filled == 4U);
    BOOST_TEST(quality.empty == 2U);
}

BOOST_AUTO_TEST_CASE(an_empty_value_can_have_an_entry_of_its_own) {
    const auto [values, quality] = apply_rule("{action: map, values: {\"\": none, a: b}}", {"", "a", std::nullopt});
    check_values(values, {"none", "b", {}});
    BOOST_TEST(quality.empty == 2U);
    BOOST_TEST(quality.filled == 1U);
}

BOOST_AUTO_TEST_CASE(numbers_are_looked_up_as_their_digits) {
    const auto array = int64_array({1, 2, 3});
    check_values(apply_rule(rule(""), Column::import(array->array, ColumnType::int64, "f")).values,
                 {"home", "transfer", {}});
}

BOOST_AUTO_TEST_SUITE_END()
