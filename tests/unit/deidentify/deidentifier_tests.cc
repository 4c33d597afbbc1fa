#include "agent/deidentify/deidentifier.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::shared_ptr<const Schema> text_schema(const std::vector<std::string>& names) {
    Schema schema;
    for (const std::string& name : names) {
        schema.fields.push_back({name, ColumnType::utf8});
    }
    return std::make_shared<const Schema>(std::move(schema));
}

std::string bind_faults(const std::string& policy, const std::vector<std::string>& names) {
    try {
        const Deidentifier deidentifier(compiled(policy), text_schema(names), run_day);
    } catch (const ConfigurationError& error) {
        return error.what();
    }
    return "IT WAS BOUND";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

constexpr const char* people_policy = R"(policy: 1
stream: people
date_formats: [yyyy-MM-dd, dd/MM/yyyy]
fields:
  nhs: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}
  surname: drop
  dob:
    - {action: date, precision: year, as: birth_year}
    - {action: date, precision: hour, as: birth_hour}
  sex: {action: keep, allow: [M, F]}
  code: {action: truncate, length: 2}
  place: {action: postcode, precision: outward}
)";

const std::vector<std::string> people_fields = {"place", "nhs", "surname", "note", "dob", "sex", "code"};

/// Rows as they come: mostly right, some wrong, some empty. In the order of people_fields.
std::vector<Texts> people(std::size_t rows) {
    std::mt19937 random(7);
    std::vector<Texts> columns(people_fields.size());
    for (std::size_t row = 0; row < rows; ++row) {
        const auto pick = [&](const std::vector<std::optional<std::string>>& from) {
            return from[random() % from.size()];
        };
        columns[0].push_back(pick({"LS1 4AP", "ZZ99 3VZ", "nowhere", "", std::nullopt}));
        columns[1].push_back(pick({"9434765919", "9990000018", "999 000 0026", "9434765918", "1", "", std::nullopt}));
        columns[2].push_back("SURNAME" + std::to_string(random() % 1000));
        columns[3].push_back("NOTE" + std::to_string(random() % 1000));
        columns[4].push_back(pick({"1950-02-03", "31/12/1999", "31/02/2020", "", std::nullopt}));
        columns[5].push_back(pick({"M", "F", "X", "", std::nullopt}));
        columns[6].push_back(pick({"I21.9", "J45", "", std::nullopt}));
    }
    return columns;
}

/// Applies the policy to the rows in batches of a size, and adds up.
std::vector<Texts> apply_in_batches(const Deidentifier& deidentifier, const std::vector<Texts>& columns,
                                    std::size_t size, Quality& quality) {
    std::vector<Texts> result(deidentifier.output_schema()->fields.size());
    for (std::size_t begin = 0; begin < columns[0].size(); begin += size) {
        const std::size_t end = std::min(columns[0].size(), begin + size);
        std::vector<Column> batch_columns;
        for (const Texts& column : columns) {
            batch_columns.push_back(text_column(Texts(column.begin() + static_cast<std::ptrdiff_t>(begin),
                                                      column.begin() + static_cast<std::ptrdiff_t>(end))));
        }
        const auto batch = deidentifier.apply(
            RecordBatch(deidentifier.source_schema(), std::move(batch_columns), begin + 1, ""), quality);
        for (std::size_t i = 0; i < result.size(); ++i) {
            const auto texts = texts_of(batch.column(i));
            result[i].insert(result[i].end(), texts.begin(), texts.end());
        }
    }
    return result;
}

std::string summary(const Quality& quality) {
    std::string text = std::to_string(quality.rows);
    for (const FieldQuality& field : quality.fields) {
        text += " " + field.field + "=" + std::to_string(field.filled) + "/" + std::to_string(field.empty);
        for (const auto& [reason, count] : field.invalid) {
            text += "/" + reason + ":" + std::to_string(count);
        }
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deidentifier_tests)

BOOST_AUTO_TEST_CASE(outputs_stand_in_the_policys_order_whatever_the_sources) {
    const Deidentifier deidentifier(compiled(people_policy), text_schema(people_fields), run_day);
    std::string names;
    for (const Field& field : deidentifier.output_schema()->fields) {
        names += field.name + " ";
    }
    BOOST_TEST(names == "person birth_year birth_hour sex code place ");
}

BOOST_AUTO_TEST_CASE(the_size_of_a_batch_never_changes_a_result) {
    const auto columns = people(1000);
    const Deidentifier deidentifier(compiled(people_policy), text_schema(people_fields), run_day);
    Quality whole_quality;
    const auto whole = apply_in_batches(deidentifier, columns, 1000, whole_quality);
    for (const std::size_t size : {1U, 7U, 64U, 999U}) {
        Quality quality;
        BOOST_TEST((apply_in_batches(deidentifier, columns, size, quality) == whole));
        BOOST_TEST(summary(quality) == summary(whole_quality));
    }
}

BOOST_AUTO_TEST_CASE(for_each_field_filled_empty_and_invalid_add_up_to_the_rows) {
    const auto columns = people(1000);
    const Deidentifier deidentifier(compiled(people_policy), text_schema(people_fields), run_day);
    Quality quality;
    apply_in_batches(deidentifier, columns, 100, quality);
    BOOST_TEST(quality.rows == 1000U);
    std::string fields;
    for (const FieldQuality& field : quality.fields) {
        BOOST_TEST(rows_of(field) == 1000U, field.field);
        BOOST_TEST(field.nhs_number == (field.field == "nhs"));
        fields += field.field + " ";
    }
    BOOST_TEST(fields == "nhs surname dob sex code place ");
}

BOOST_AUTO_TEST_CASE(a_value_that_any_rule_of_its_field_refuses_counts_as_invalid_once) {
    const auto source = text_schema({"dob"});
    const auto policy = compiled(
        "policy: 1\nstream: s\nfields:\n  dob:\n    - {action: date, precision: year, as: y}\n"
        "    - {action: date, precision: hour, as: h}\n    - {action: map, values: {\"\": none, x: y}, else: keep, as: "
        "m}\n");
    const Deidentifier deidentifier(policy, source, run_day);
    Quality quality;
    const auto batch = deidentifier.apply(
        RecordBatch(source, {text_column({"2026-11-22", "2026-11-22T13:00", "x", "", std::nullopt})}, 1, ""), quality);
    const FieldQuality& field = quality.fields.at(0);
    BOOST_TEST(quality.fields.size() == 1U);
    BOOST_TEST(field.filled == 1U);
    BOOST_TEST(field.empty == 2U);
    BOOST_TEST(field.invalid.at("not_a_date") == 1U);
    BOOST_TEST(field.invalid.at("no_time") == 1U);
    check_values(texts_of(batch.column(0)), {"2026", "2026", {}, {}, {}});
    check_values(texts_of(batch.column(1)), {{}, "2026-11-22T13", {}, {}, {}});
    check_values(texts_of(batch.column(2)), {"2026-11-22", "2026-11-22T13:00", "y", "none", {}});
}

BOOST_AUTO_TEST_CASE(no_byte_of_a_dropped_pseudonymised_or_refused_value_reaches_an_output) {
    const auto columns = people(500);
    const Deidentifier deidentifier(compiled(people_policy), text_schema(people_fields), run_day);
    Quality quality;
    std::vector<Column> input;
    for (const Texts& column : columns) {
        input.push_back(text_column(column));
    }
    const auto batch = deidentifier.apply(RecordBatch(deidentifier.source_schema(), std::move(input), 1, ""), quality);
    std::set<std::string> secrets;
    for (const std::size_t secret : {1U, 2U, 3U}) {  // nhs, surname, note
        for (const auto& value : columns[secret]) {
            if (value && value->size() > 1) {
                secrets.insert(*value);
            }
        }
    }
    secrets.insert({"9990000026", "LS1 4AP", "4AP", "ZZ99", "nowhere", "1950-02-03", "31/12/1999", "I21.9", "X"});
    for (std::size_t i = 0; i < deidentifier.output_schema()->fields.size(); ++i) {
        const Column& column = batch.column(i);
        // The whole buffer, and not only what the offsets show.
        const std::string_view bytes(column.text_data(),
                                     static_cast<std::size_t>(column.text_offsets()[column.length()]));
        for (const std::string& secret : secrets) {
            BOOST_TEST(bytes.find(secret) == std::string_view::npos,
                       secret << " in " << deidentifier.output_schema()->fields[i].name);
        }
    }
}

BOOST_AUTO_TEST_CASE(sliced_arrays_with_nulls_give_what_their_rows_give_alone) {
    const Texts all = {"9434765919", std::nullopt, "9990000018", "bad", std::nullopt,
                       "9990000026", "9434765919", "",           "x",   "y"};
    const auto source = text_schema({"f"});
    const Deidentifier deidentifier(
        compiled(policy_of(
            "[{action: pseudonym, type: nhs_number, key: region-2026, domain: d, as: a}, {action: keep, as: b}, "
            "{action: truncate, length: 4, as: c}]")),
        source, run_day);
    for (std::int64_t first = 0; first <= 9; ++first) {
        for (std::int64_t length = 0; first + length <= 10; ++length) {
            const auto child = text_array(all);
            const auto parent = struct_array(length, {child.get()});
            parent->array.offset = first;
            Quality sliced_quality;
            const auto sliced = deidentifier.apply(import_batch(source, parent->array, 1, ""), sliced_quality);
            Quality quality;
            const Texts rows(all.begin() + first, all.begin() + first + length);
            const auto alone = deidentifier.apply(RecordBatch(source, {text_column(rows)}, 1, ""), quality);
            for (std::size_t i = 0; i < 3; ++i) {
                BOOST_REQUIRE((texts_of(sliced.column(i)) == texts_of(alone.column(i))));
            }
            BOOST_REQUIRE_EQUAL(summary(sliced_quality), summary(quality));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_field_that_the_source_lacks_is_named_with_its_place_and_the_nearest_one) {
    const auto faults = bind_faults(people_policy, {"nsh", "Surname", "dob", "sex", "code", "place"});
    BOOST_TEST(has(faults,
                   "policy.yaml:5:3: error: the source of stream 'people' has no field 'nhs'; the name of its column 1 "
                   "is nearly the same"));
    BOOST_TEST(has(faults,
                   "policy.yaml:6:3: error: the source of stream 'people' has no field 'surname'; its column 2 "
                   "differs in case only"));
    BOOST_TEST(std::count(faults.begin(), faults.end(), '\n') == 1);
    // Several rules of one field: one error.
    const auto missing = bind_faults(people_policy, {"nhs", "surname", "sex", "code", "place"});
    BOOST_TEST(has(missing, "policy.yaml:7:3"));
    BOOST_TEST(std::count(missing.begin(), missing.end(), '\n') == 0);
}

BOOST_AUTO_TEST_CASE(a_source_without_a_header_does_not_have_its_first_row_shown) {
    const auto faults = bind_faults(people_policy, {"9434765919", "SMITH", "1950-02-03"});
    BOOST_TEST(!has(faults, "9434765919"));
    BOOST_TEST(!has(faults, "SMITH"));
    BOOST_TEST(!has(faults, "1950"));
    BOOST_TEST(has(faults, "policy.yaml:5:3: error: the source of stream 'people' has none of the policy's fields"));
    BOOST_TEST(has(faults, "is its first line a header, and is the delimiter right?"));
    BOOST_TEST(std::count(faults.begin(), faults.end(), '\n') == 0);
    // Nor where a value is nearly a name of the policy, or a field that no rule names stops the stream.
    const auto near = bind_faults(people_policy, {"nhs", "Surnam", "CODE", "sex"});
    BOOST_TEST(!has(near, "Surnam'"));
    BOOST_TEST(!has(near, "CODE"));
    const auto strict =
        bind_faults("policy: 1\nstream: s\nunlisted: reject\nfields: {a: keep}\n", {"a", "9434765919", "SMITH"});
    BOOST_TEST(!has(strict, "9434765919"));
    BOOST_TEST(!has(strict, "SMITH"));
}

BOOST_AUTO_TEST_CASE(an_unlisted_field_is_dropped_or_stops_the_stream) {
    const std::string fields = "fields: {a: keep}\n";
    const auto source = text_schema({"a", "b"});
    const Deidentifier dropping(compiled("policy: 1\nstream: s\n" + fields), source, run_day);
    BOOST_TEST(dropping.output_schema()->fields.size() == 1U);
    const auto faults = bind_faults("policy: 1\nstream: s\nunlisted: reject\n" + fields, {"a", "b", "c"});
    BOOST_TEST(
        has(faults, "policy.yaml:3:11: error: the source of stream 's' has fields that no rule names (columns 2, 3)"));
    BOOST_TEST(bind_faults("policy: 1\nstream: s\nunlisted: reject\nfields: {a: keep, b: drop}\n", {"a", "b"}) ==
               "IT WAS BOUND");
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_schema_is_refused) {
    const Deidentifier deidentifier(compiled("policy: 1\nstream: s\nfields: {a: keep}\n"), text_schema({"a", "b"}),
                                    run_day);
    Quality quality;
    const auto apply = [&](const std::vector<std::string>& names) {
        std::vector<Column> columns(names.size(), text_column({"x"}));
        return deidentifier.apply(RecordBatch(text_schema(names), std::move(columns), 1, ""), quality);
    };
    BOOST_CHECK_EXCEPTION(apply({"b", "a"}), Error,
                          [](const Error& error) { return error.code() == ErrorCode::internal; });
    BOOST_CHECK_THROW(apply({"a"}), Error);
    BOOST_TEST(quality.rows == 0U);
    BOOST_TEST(apply({"a", "b"}).rows() == 1U);  // another object, but an equal schema
    BOOST_TEST(quality.rows == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_of_no_rows_gives_a_batch_of_no_rows) {
    const Deidentifier deidentifier(compiled(people_policy), text_schema(people_fields), run_day);
    Quality quality;
    const std::vector<Column> columns(people_fields.size(), text_column({}));
    const auto batch = deidentifier.apply(RecordBatch(deidentifier.source_schema(), columns, 1, ""), quality);
    BOOST_TEST(batch.rows() == 0U);
    BOOST_TEST(quality.fields.size() == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
