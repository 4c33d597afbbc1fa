#include "agent/record/column.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "agent/platform/error.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

bool is_plugin_error(const Error& error) {
    return error.code() == ErrorCode::plugin &&
           std::string(error.what()).find("column 7 of a batch") != std::string::npos;
}

void check_refused(TestArray& array, ColumnType type) {
    array.point();
    BOOST_CHECK_EXCEPTION(Column::import(array.array, type, "column 7"), Error, is_plugin_error);
    BOOST_TEST(array.released == 1);
    BOOST_TEST((array.array.release == nullptr));
}

Column numbers(const std::vector<std::int64_t>& values, ColumnType type, TestArrayPtr& owner) {
    owner = int64_array(values);
    return Column::import(owner->array, type, "column 7");
}

std::vector<std::int64_t> doubles(const std::vector<double>& values) {
    std::vector<std::int64_t> bits(values.size());
    std::memcpy(bits.data(), values.data(), values.size() * sizeof(double));
    return bits;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(column_tests)

BOOST_AUTO_TEST_CASE(a_text_column_is_shared_and_released_with_its_last_copy) {
    const auto source = text_array({"a", std::nullopt, "", "déjà"});
    {
        std::optional<Column> copy;
        {
            const Column column = Column::import(source->array, ColumnType::utf8, "column 7");
            BOOST_TEST((source->array.release == nullptr));
            BOOST_TEST((column.text_data() == source->data.data()));
            copy = column;
        }
        BOOST_TEST(source->released == 0);
        BOOST_TEST(copy->length() == 4U);
        BOOST_TEST(copy->null_count() == 1U);
        BOOST_TEST(copy->text(0) == "a");
        BOOST_TEST(copy->is_null(1));
        BOOST_TEST(!copy->is_null(2));
        BOOST_TEST(copy->text(2) == "");
        BOOST_TEST(copy->text(3) == "déjà");
        BOOST_TEST(copy->byte_size() == 7U);
    }
    BOOST_TEST(source->released == 1);
}

BOOST_AUTO_TEST_CASE(an_offset_moves_values_and_validity_alike) {
    const auto texts = text_array({"x", "a", std::nullopt, "c", "y"});
    texts->array.offset = 1;
    texts->array.length = 3;
    const Column column = Column::import(texts->array, ColumnType::utf8, "column 7");
    BOOST_TEST(column.text(0) == "a");
    BOOST_TEST(column.is_null(1));
    BOOST_TEST(column.text(2) == "c");
    BOOST_TEST(column.null_count() == 1U);
    BOOST_TEST(column.byte_size() == 2U);

    const auto source = int64_array({7, 8, 9, 10}, {true, false, true, true});
    source->array.offset = 1;
    source->array.length = 3;
    const Column values = Column::import(source->array, ColumnType::int64, "column 7");
    BOOST_TEST(values.is_null(0));
    BOOST_TEST(values.int64(1) == 9);
    BOOST_TEST(values.as_text().text(2) == "10");
    BOOST_TEST(values.as_text().is_null(0));
}

BOOST_AUTO_TEST_CASE(a_slice_that_has_no_null_any_more_states_none) {
    const auto texts = text_array({std::nullopt, "a", "b"});
    const Column column = Column::import_slice(texts->array, ColumnType::utf8, "c", 1, 2);
    BOOST_TEST(column.null_count() == 0U);
    BOOST_TEST(!column.is_null(0));
    BOOST_TEST(column.text(1) == "b");
}

BOOST_AUTO_TEST_CASE(bytes_that_hide_under_a_null_are_taken_away) {
    const auto texts = text_array({"a", "hidden", "c"});
    texts->validity = bit_map({true, false, true});
    texts->buffers[0] = texts->validity.data();
    texts->array.null_count = -1;
    texts->point();
    const Column column = Column::import(texts->array, ColumnType::utf8, "column 7");
    BOOST_TEST(column.is_null(1));
    BOOST_TEST(column.text(1) == "");
    BOOST_TEST(column.text(2) == "c");
    BOOST_TEST(std::string(column.text_data(), column.byte_size()) == "ac");
    BOOST_TEST(texts->released == 1);  // nothing of it is shared
}

BOOST_AUTO_TEST_CASE(a_text_column_without_any_text_needs_no_data_buffer) {
    const auto texts = text_array({"", "", ""});
    texts->buffers[2] = nullptr;
    texts->point();
    const Column column = Column::import(texts->array, ColumnType::utf8, "column 7");
    BOOST_TEST(column.length() == 3U);
    BOOST_TEST(column.text(2) == "");
}

BOOST_AUTO_TEST_CASE(a_column_of_no_rows_needs_no_buffers) {
    const auto texts = text_array({});
    texts->buffers = {nullptr, nullptr, nullptr};
    texts->point();
    const Column column = Column::import(texts->array, ColumnType::utf8, "column 7");
    BOOST_TEST(column.length() == 0U);
    BOOST_TEST(column.text_offsets()[0] == 0);
    const auto values = int64_array({});
    values->buffers = {nullptr, nullptr};
    values->point();
    BOOST_TEST(Column::import(values->array, ColumnType::int64, "column 7").byte_size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_breaks_the_layout_is_refused_and_its_array_released) {
    using Break = void (*)(TestArray&);
    const Break breaks[] = {
        [](TestArray& a) { a.array.length = -1; },
        [](TestArray& a) { a.array.offset = -1; },
        [](TestArray& a) { a.array.length = std::numeric_limits<std::int64_t>::max(); },
        [](TestArray& a) { a.array.offset = std::numeric_limits<std::int64_t>::max(); },
        [](TestArray& a) { a.array.null_count = -2; },
        [](TestArray& a) { a.array.null_count = 4; },
        [](TestArray& a) { a.array.null_count = 1; },  // and no bit map
        [](TestArray& a) { a.array.dictionary = &a.array; },
        [](TestArray& a) { a.children.push_back(&a.array); },
        [](TestArray& a) { a.buffers.pop_back(); },
        [](TestArray& a) { a.buffers[1] = nullptr; },
        [](TestArray& a) { a.buffers[2] = nullptr; },
        [](TestArray& a) { a.offsets[0] = -1; },
        [](TestArray& a) { a.offsets[2] = 0; },
        [](TestArray& a) { a.offsets[3] = std::numeric_limits<std::int32_t>::min(); },
        [](TestArray& a) { a.buffers[1] = static_cast<const char*>(a.buffers[1]) + 1; },
    };
    for (const Break& apply : breaks) {
        const auto array = text_array({"ab", "cd", "ef"});
        apply(*array);
        check_refused(*array, ColumnType::utf8);
        array->children.clear();
    }
}

BOOST_AUTO_TEST_CASE(an_array_that_was_released_before_is_refused) {
    const auto array = text_array({"a"});
    array->array.release = nullptr;
    BOOST_CHECK_EXCEPTION(Column::import(array->array, ColumnType::utf8, "column 7"), Error, is_plugin_error);
    BOOST_TEST(array->released == 0);
}

BOOST_AUTO_TEST_CASE(values_without_a_buffer_or_out_of_line_are_refused) {
    const auto missing = int64_array({1, 2});
    missing->buffers[1] = nullptr;
    check_refused(*missing, ColumnType::float64);
    const auto crooked = int64_array({1, 2, 3});
    crooked->buffers[1] = reinterpret_cast<const char*>(crooked->values.data()) + 4;
    crooked->array.length = 2;
    check_refused(*crooked, ColumnType::int64);
}

BOOST_AUTO_TEST_CASE(parts_that_do_not_fit_make_no_column) {
    BOOST_CHECK_THROW(Column::utf8({}, "", {}, 0), Error);
    BOOST_CHECK_THROW(Column::utf8({0, 3}, "ab", {}, 0), Error);
    BOOST_CHECK_THROW(Column::utf8({-1, 1}, "ab", {}, 0), Error);
    const Column column = Column::utf8({0, 1, 1}, "a", {0x01}, 1);
    BOOST_TEST(column.text(0) == "a");
    BOOST_TEST(column.is_null(1));
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_written_in_digits_and_others_as_short_as_they_can_be_read_back) {
    TestArrayPtr owner;
    const Column text =
        numbers(doubles({100000000000.0, 0.1, -2.0, 1e300, 9007199254740991.0}), ColumnType::float64, owner).as_text();
    BOOST_TEST(text.text(0) == "100000000000");
    BOOST_TEST(text.text(1) == "0.1");
    BOOST_TEST(text.text(2) == "-2");
    BOOST_TEST(text.text(3) == "1e+300");
    BOOST_TEST(text.text(4) == "9007199254740991");
    const auto lowest = std::numeric_limits<std::int64_t>::min();
    BOOST_TEST(numbers({lowest}, ColumnType::int64, owner).as_text().text(0) == "-9223372036854775808");
}

BOOST_AUTO_TEST_CASE(booleans_are_read_from_bits) {
    const auto source = int64_array({0b101, 0});
    source->array.length = 3;
    const Column column = Column::import(source->array, ColumnType::boolean, "column 7");
    BOOST_TEST(column.as_text().text(0) == "true");
    BOOST_TEST(column.as_text().text(1) == "false");
    BOOST_TEST(column.boolean(2));
    BOOST_TEST(column.byte_size() == 1U);
}

BOOST_AUTO_TEST_CASE(dates_and_timestamps_are_written_as_iso_8601) {
    const auto dates = int64_array({0});
    const std::int32_t days[] = {20779, -1};
    std::memcpy(dates->values.data(), days, sizeof days);
    dates->array.length = 2;
    const Column column = Column::import(dates->array, ColumnType::date32, "column 7");
    BOOST_TEST(column.as_text().text(0) == "2026-11-22");
    BOOST_TEST(column.as_text().text(1) == "1969-12-31");

    TestArrayPtr owner;
    const Column moments = numbers({1'795'352'400'000'000, -1, 1'795'352'400'000'500}, ColumnType::timestamp, owner);
    BOOST_TEST(moments.as_text().text(0) == "2026-11-22T13:00:00Z");
    BOOST_TEST(moments.as_text().text(1) == "1969-12-31T23:59:59.999999Z");
    BOOST_TEST(moments.as_text().text(2) == "2026-11-22T13:00:00.000500Z");
}

BOOST_AUTO_TEST_CASE(the_last_moments_that_a_column_can_hold_are_written_too) {
    TestArrayPtr owner;
    const Column moments = numbers({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()},
                                   ColumnType::timestamp, owner);
    BOOST_TEST(moments.as_text().text(0) == "-290308-12-21T19:59:05.224192Z");
    BOOST_TEST(moments.as_text().text(1) == "+294247-01-10T04:00:54.775807Z");
}

BOOST_AUTO_TEST_CASE(selected_rows_are_the_rows_in_order_of_every_type) {
    const std::vector<std::optional<std::string>> texts = {"a",  std::nullopt, "",  "dddd",
                                                           "ee", std::nullopt, "g", "hhh"};
    const std::vector<std::vector<std::uint32_t>> choices = {
        {}, {0}, {7}, {1, 2, 3}, {0, 2, 3, 5, 7}, {0, 1, 2, 3, 4, 5, 6, 7}};
    for (const std::int64_t offset : {0, 2}) {
        const auto array = text_array(texts);
        array->array.offset = offset;
        array->array.length = 8 - offset;
        const Column whole = Column::import(array->array, ColumnType::utf8, "column 1");
        for (const auto& rows : choices) {
            if (!rows.empty() && static_cast<std::int64_t>(rows.back()) >= 8 - offset) {
                continue;
            }
            const Column some = whole.select(rows);
            BOOST_REQUIRE(some.length() == rows.size());
            std::size_t nulls = 0;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                BOOST_TEST(some.is_null(i) == whole.is_null(rows[i]));
                BOOST_TEST(some.text(i) == whole.text(rows[i]));
                nulls += whole.is_null(rows[i]) ? 1U : 0U;
            }
            BOOST_TEST(some.null_count() == nulls);
        }
    }
    const auto numbers = int64_array({1, 2, 3, 4}, {true, false, true, true});
    const Column whole = Column::import(numbers->array, ColumnType::int64, "column 1");
    const Column some = whole.select(std::vector<std::uint32_t>{1, 3});
    BOOST_TEST(some.is_null(0));
    BOOST_TEST(some.int64(1) == 4);
    BOOST_TEST(some.null_count() == 1U);
    BOOST_TEST((some.type() == ColumnType::int64));
}

BOOST_AUTO_TEST_SUITE_END()
