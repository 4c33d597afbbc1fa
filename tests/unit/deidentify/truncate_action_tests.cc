#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

BOOST_AUTO_TEST_SUITE(truncate_action_tests)

BOOST_AUTO_TEST_CASE(the_first_characters_stay) {
    const auto [values, quality] =
        apply_rule("{action: truncate, length: 3}", {"I21.9", "I21", "I2", "", std::nullopt});
    check_values(values, {"I21", "I21", "I2", {}, {}});
    BOOST_TEST(quality.filled == 3U);
    BOOST_TEST(quality.empty == 2U);
    BOOST_TEST(quality.invalid.empty());
}

BOOST_AUTO_TEST_CASE(characters_are_counted_and_never_cut) {
    check_values(
        apply_rule("{action: truncate, length: 2}", {"\xc3\xa9\xc3\xa8\xc3\xa0", "a\xf0\x9f\x98\x80z", "\xe2\x82\xac"})
            .values,
        {"\xc3\xa9\xc3\xa8", "a\xf0\x9f\x98\x80", "\xe2\x82\xac"});
}

BOOST_AUTO_TEST_CASE(a_byte_that_is_not_utf8_counts_as_one_character) {
    check_values(apply_rule("{action: truncate, length: 2}", {"\xff\xfe\xfd", "a\xc3"}).values, {"\xff\xfe", "a\xc3"});
}

BOOST_AUTO_TEST_CASE(numbers_are_cut_as_their_digits) {
    const auto array = int64_array({12345});
    check_values(
        apply_rule("{action: truncate, length: 2}", Column::import(array->array, ColumnType::int64, "f")).values,
        {"12"});
}

BOOST_AUTO_TEST_SUITE_END()
