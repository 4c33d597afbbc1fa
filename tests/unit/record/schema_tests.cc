#include "agent/record/schema.h"

#include <boost/test/unit_test.hpp>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(schema_tests)

BOOST_AUTO_TEST_CASE(every_type_has_a_name_of_its_own) {
    BOOST_TEST(to_string(ColumnType::utf8) == "utf8");
    BOOST_TEST(to_string(ColumnType::int64) == "int64");
    BOOST_TEST(to_string(ColumnType::float64) == "float64");
    BOOST_TEST(to_string(ColumnType::boolean) == "boolean");
    BOOST_TEST(to_string(ColumnType::date32) == "date32");
    BOOST_TEST(to_string(ColumnType::timestamp) == "timestamp");
}

BOOST_AUTO_TEST_CASE(a_field_is_found_by_its_exact_name) {
    const Schema schema{{{"sex", ColumnType::utf8}, {"Dob", ColumnType::date32}}};
    BOOST_TEST((schema.index_of("Dob") == 1U));
    BOOST_TEST((schema.index_of("sex") == 0U));
    BOOST_TEST(!schema.index_of("dob").has_value());
    BOOST_TEST(!schema.index_of("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
