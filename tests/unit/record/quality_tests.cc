#include "agent/record/quality.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"

using namespace tributary;

BOOST_AUTO_TEST_SUITE(quality_tests)

BOOST_AUTO_TEST_CASE(counts_add_up_by_field_and_reason) {
    Quality total;
    const Quality first{3, {{"nhs", 1, 1, {{"check_digit", 1}}, true}}, {{"ragged_row", 2}}};
    const Quality second{2, {{"nhs", 0, 0, {{"check_digit", 1}, {"not_ten_digits", 1}}, true}}, {{"ragged_row", 1}}};
    total.merge(first);
    total.merge(second);
    total.merge(Quality{});
    BOOST_TEST(total.rows == 5U);
    BOOST_REQUIRE_EQUAL(total.fields.size(), 1U);
    BOOST_TEST(total.fields[0].filled == 1U);
    BOOST_TEST(total.fields[0].empty == 1U);
    BOOST_TEST(total.fields[0].invalid.at("check_digit") == 2U);
    BOOST_TEST(total.fields[0].invalid.at("not_ten_digits") == 1U);
    BOOST_TEST(total.rejected.at("ragged_row") == 3U);
}

BOOST_AUTO_TEST_CASE(rejections_alone_can_be_added) {
    Quality total;
    total.merge(Quality{0, {}, {{"invalid_encoding", 4}}});
    BOOST_TEST(total.rejected.at("invalid_encoding") == 4U);
    BOOST_TEST(total.fields.empty());
}

BOOST_AUTO_TEST_CASE(counts_of_other_fields_are_refused_and_change_nothing) {
    Quality total{1, {{"a", 1, 0, {}, false}}, {}};
    BOOST_CHECK_THROW(total.merge(Quality{1, {{"b", 1, 0, {}, false}}, {}}), Error);
    BOOST_CHECK_THROW(total.merge(Quality{1, {{"a", 1, 0, {}, true}}, {}}), Error);
    BOOST_CHECK_THROW(total.merge(Quality{1, {{"a", 1, 0, {}, false}, {"b", 1, 0, {}, false}}, {}}), Error);
    BOOST_TEST(total.rows == 1U);
    BOOST_TEST(total.fields[0].filled == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
