#include "agent/record/text_builder.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"

using namespace tributary;

BOOST_AUTO_TEST_SUITE(text_builder_tests)

BOOST_AUTO_TEST_CASE(values_and_nulls_come_out_as_they_went_in) {
    constexpr std::size_t rows = 1000;
    TextBuilder builder(rows, 0);  // nothing expected: it must grow
    for (std::size_t row = 0; row < rows; ++row) {
        if (row % 3 == 0) {
            builder.append_null();
        } else {
            builder.append(std::string(row % 17, 'x'));
        }
    }
    const Column column = builder.finish();
    BOOST_TEST(column.length() == rows);
    BOOST_TEST(column.null_count() == 334U);
    for (std::size_t row = 0; row < rows; ++row) {
        BOOST_REQUIRE_EQUAL(column.is_null(row), row % 3 == 0);
        BOOST_REQUIRE_EQUAL(column.text(row), row % 3 == 0 ? "" : std::string(row % 17, 'x'));
    }
}

BOOST_AUTO_TEST_CASE(a_value_written_into_the_room_is_as_long_as_was_said) {
    TextBuilder builder(2, 4);
    std::memcpy(builder.room(4), "abcd", 4);
    builder.written(3);
    builder.append("z");
    const Column column = builder.finish();
    BOOST_TEST(column.text(0) == "abc");
    BOOST_TEST(column.text(1) == "z");
}

BOOST_AUTO_TEST_CASE(a_column_of_no_rows_can_be_made) {
    const Column column = TextBuilder(0, 0).finish();
    BOOST_TEST(column.length() == 0U);
    BOOST_TEST(column.byte_size() == 0U);
}

BOOST_AUTO_TEST_CASE(another_number_of_values_than_rows_is_refused) {
    TextBuilder too_few(2, 8);
    too_few.append("a");
    BOOST_CHECK_THROW(too_few.finish(), Error);
    TextBuilder too_many(1, 8);
    too_many.append_null();
    BOOST_CHECK_THROW(too_many.append_null(), Error);
}

BOOST_AUTO_TEST_CASE(more_than_two_gibibytes_of_text_are_refused_before_they_are_allocated) {
    TextBuilder builder(2, 0);
    builder.append("a");
    BOOST_CHECK_EXCEPTION(builder.room(std::size_t{1} << 31U), Error,
                          [](const Error& error) { return error.code() == ErrorCode::limit; });
}

BOOST_AUTO_TEST_SUITE_END()
