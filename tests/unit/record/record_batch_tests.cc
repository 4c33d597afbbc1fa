#include "agent/record/record_batch.h"

#include <boost/test/unit_test.hpp>
#include <type_traits>

#include "agent/platform/error.h"
#include "agent/record/text_builder.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

using Fields = std::vector<std::pair<const char*, const char*>>;

/// A schema as a plugin would hand it over.
struct TestSchema {
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> pointers;
    int released = 0;
    ArrowSchema schema{};

    explicit TestSchema(const Fields& fields) {
        for (const auto& [name, format] : fields) {
            ArrowSchema child{};
            child.name = name;
            child.format = format;
            child.release = [](ArrowSchema* taken) { taken->release = nullptr; };
            children.push_back(child);
        }
        for (ArrowSchema& child : children) {
            pointers.push_back(&child);
        }
        schema.format = "+s";
        schema.children = pointers.data();
        schema.n_children = static_cast<std::int64_t>(pointers.size());
        schema.private_data = this;
        schema.release = [](ArrowSchema* taken) {
            ++static_cast<TestSchema*>(taken->private_data)->released;
            taken->release = nullptr;
        };
    }
};

std::string schema_error(TestSchema& source) {
    try {
        import_schema(source.schema);
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::plugin));
        BOOST_TEST(source.released == 1);
        return error.what();
    }
    return {};
}

std::shared_ptr<const Schema> text_and_number() {
    return std::make_shared<const Schema>(Schema{{{"t", ColumnType::utf8}, {"n", ColumnType::int64}}});
}

Column texts(std::size_t rows) {
    TextBuilder builder(rows, rows);
    for (std::size_t row = 0; row < rows; ++row) {
        builder.append("x");
    }
    return builder.finish();
}

}  // namespace

static_assert(!std::is_copy_constructible_v<RecordBatch> && !std::is_copy_assignable_v<RecordBatch>);

BOOST_AUTO_TEST_SUITE(record_batch_tests)

BOOST_AUTO_TEST_CASE(a_schema_of_every_format_is_imported_and_released) {
    TestSchema source(
        Fields{{"a", "u"}, {"b", "l"}, {"c", "g"}, {"d", "b"}, {"e", "tdD"}, {"f", "tsu:UTC"}, {"g", "tsu:"}});
    const Schema schema = import_schema(source.schema);
    const ColumnType types[] = {ColumnType::utf8,   ColumnType::int64,     ColumnType::float64,  ColumnType::boolean,
                                ColumnType::date32, ColumnType::timestamp, ColumnType::timestamp};
    BOOST_REQUIRE_EQUAL(schema.fields.size(), 7U);
    for (std::size_t i = 0; i < 7; ++i) {
        BOOST_TEST((schema.fields[i].type == types[i]));
        BOOST_TEST(schema.fields[i].name == std::string(1, static_cast<char>('a' + i)));
    }
    BOOST_TEST(source.released == 1);
}

BOOST_AUTO_TEST_CASE(a_schema_that_cannot_be_used_names_its_column) {
    TestSchema format(Fields{{"a", "u"}, {"b", "U"}});
    BOOST_TEST(schema_error(format).find("column 2 has a format") != std::string::npos);
    TestSchema no_format(Fields{{"a", nullptr}});
    BOOST_TEST(schema_error(no_format).find("column 1 has a format") != std::string::npos);
    TestSchema unnamed(Fields{{"", "u"}});
    BOOST_TEST(schema_error(unnamed).find("column 1 has no name") != std::string::npos);
    TestSchema null_name(Fields{{nullptr, "u"}});
    BOOST_TEST(schema_error(null_name).find("column 1 has no name") != std::string::npos);
    TestSchema repeated(Fields{{"a", "u"}, {"b", "u"}, {"a", "l"}});
    BOOST_TEST(schema_error(repeated).find("column 3 has the name of a column before it") != std::string::npos);
    TestSchema forged(Fields{{"a\nERROR forged", "u"}});
    BOOST_TEST(schema_error(forged).find("forged") == std::string::npos);
    TestSchema binary(Fields{{"a\xff", "u"}});
    BOOST_TEST(schema_error(binary).find("column 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_schema_of_another_shape_is_refused) {
    TestSchema nested(Fields{{"a", "u"}});
    nested.schema.format = "+l";
    BOOST_TEST(!schema_error(nested).empty());
    TestSchema lost(Fields{{"a", "u"}});
    lost.pointers[0] = nullptr;
    BOOST_TEST(!schema_error(lost).empty());
    TestSchema negative(Fields{{"a", "u"}});
    negative.schema.n_children = -1;
    BOOST_TEST(!schema_error(negative).empty());
    std::vector<std::string> names;
    for (int i = 0; i < 4097; ++i) {
        names.push_back("c" + std::to_string(i));
    }
    Fields fields;
    for (const std::string& name : names) {
        fields.emplace_back(name.c_str(), "u");
    }
    TestSchema wide(fields);
    BOOST_TEST(schema_error(wide).find("at most 4,096") != std::string::npos);
    BOOST_CHECK_THROW(import_schema(wide.schema), Error);  // released already
}

BOOST_AUTO_TEST_CASE(children_outlive_the_struct_that_they_came_in) {
    const auto text = text_array({"a", "b"});
    const auto number = int64_array({1, 2});
    const auto parent = struct_array(2, {text.get(), number.get()});
    {
        const RecordBatch batch = import_batch(text_and_number(), parent->array, 17, "admissions.csv");
        BOOST_TEST(parent->released == 1);
        BOOST_TEST(text->released == 0);
        BOOST_TEST(batch.rows() == 2U);
        BOOST_TEST(batch.first_row() == 17U);
        BOOST_TEST(batch.origin() == "admissions.csv");
        BOOST_TEST(batch.column(0).text(1) == "b");
        BOOST_TEST(batch.column(1).int64(0) == 1);
        BOOST_TEST(batch.byte_size() == 18U);
    }
    BOOST_TEST(text->released == 1);
    BOOST_TEST(number->released == 1);
    BOOST_TEST(parent->released == 1);
}

BOOST_AUTO_TEST_CASE(a_sliced_struct_cuts_its_children_and_their_nulls) {
    const auto text = text_array({"-", "w", "x", std::nullopt, "z", "-"});
    text->array.offset = 1;
    text->array.length = 5;
    const auto number = int64_array({0, 1, 2, 3, 4}, {true, true, true, false, true});
    const auto parent = struct_array(3, {text.get(), number.get()});
    parent->array.offset = 1;
    const RecordBatch batch = import_batch(text_and_number(), parent->array, 1, "");
    BOOST_TEST(batch.rows() == 3U);
    BOOST_TEST(batch.column(0).text(0) == "x");
    BOOST_TEST(batch.column(0).is_null(1));
    BOOST_TEST(batch.column(0).text(2) == "z");
    BOOST_TEST(batch.column(1).int64(0) == 1);
    BOOST_TEST(batch.column(1).is_null(2));
    BOOST_TEST(batch.column(1).null_count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_struct_that_breaks_the_contract_is_refused_and_released_with_its_children) {
    using Break = void (*)(TestArray&, TestArray&);
    const Break breaks[] = {
        [](TestArray& parent, TestArray&) { parent.array.length = 3; },
        [](TestArray& parent, TestArray&) { parent.array.length = -1; },
        [](TestArray& parent, TestArray&) { parent.array.offset = 1; },
        [](TestArray& parent, TestArray&) { parent.array.offset = -1; },
        [](TestArray& parent, TestArray&) { parent.array.n_children = 1; },
        [](TestArray& parent, TestArray&) { parent.children[0] = nullptr; },
        [](TestArray& parent, TestArray&) { parent.array.null_count = 1; },
        [](TestArray& parent, TestArray& text) {
            parent.validity = {0x01};
            parent.buffers[0] = parent.validity.data();
            static_cast<void>(text);
        },
        [](TestArray&, TestArray& text) { text.offsets[1] = 9; },
        [](TestArray&, TestArray& text) { text.array.release = nullptr; },
    };
    for (const Break& apply : breaks) {
        const auto text = text_array({"a", "b"});
        const auto number = int64_array({1, 2});
        const auto parent = struct_array(2, {text.get(), number.get()});
        apply(*parent, *text);
        BOOST_CHECK_EXCEPTION(import_batch(text_and_number(), parent->array, 1, ""), Error,
                              [](const Error& error) { return error.code() == ErrorCode::plugin; });
        BOOST_TEST(parent->released == 1);
        BOOST_TEST(text->released <= 1);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_of_more_than_65536_rows_is_refused) {
    const auto parent = struct_array(65'537, {});
    BOOST_CHECK_EXCEPTION(
        import_batch(std::make_shared<const Schema>(), parent->array, 1, ""), Error,
        [](const Error& error) { return std::string(error.what()).find("65,536") != std::string::npos; });
    BOOST_TEST(parent->released == 1);
}

BOOST_AUTO_TEST_CASE(columns_that_do_not_fit_the_schema_make_no_batch) {
    const auto schema = std::make_shared<const Schema>(Schema{{{"a", ColumnType::utf8}, {"b", ColumnType::utf8}}});
    BOOST_CHECK_THROW(RecordBatch(schema, {texts(2)}, 1, ""), Error);
    BOOST_CHECK_THROW(RecordBatch(schema, {texts(2), texts(3)}, 1, ""), Error);
    BOOST_CHECK_THROW(RecordBatch(text_and_number(), {texts(2), texts(2)}, 1, ""), Error);
    BOOST_CHECK_THROW(RecordBatch(nullptr, {}, 1, ""), Error);
    BOOST_TEST(RecordBatch(schema, {texts(2), texts(2)}, 1, "").rows() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
