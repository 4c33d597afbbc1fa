// What a field's counts say where several rules read it, or none lets it leave.
#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr const char* number_rule =
    "{action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}";
constexpr const char* code_rule = "{action: keep, allow: ['9434765919'], as: code}";

/// The counts of `f` under rules in this order.
FieldQuality counts_of_rules(const std::string& first, const std::string& second, const Texts& values) {
    return apply_rule("[" + first + ", " + second + "]", values).quality;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(field_count_tests)

BOOST_AUTO_TEST_CASE(a_value_that_two_rules_refuse_counts_for_the_first_ones_reason) {
    const Texts values = {"9434765918", "x", "9434765919", "9434765870", "", std::nullopt};
    const auto number_first = counts_of_rules(number_rule, code_rule, values);
    BOOST_TEST(number_first.filled == 1U);
    BOOST_TEST(number_first.empty == 2U);
    const std::map<std::string, std::uint64_t> of_number = {
        {"check_digit", 1}, {"not_ten_digits", 1}, {"not_allowed", 1}};
    BOOST_TEST((number_first.invalid == of_number));
    const auto code_first = counts_of_rules(code_rule, number_rule, values);
    BOOST_TEST(code_first.filled == 1U);
    BOOST_TEST(code_first.empty == 2U);
    const std::map<std::string, std::uint64_t> of_code = {{"not_allowed", 3}};
    BOOST_TEST((code_first.invalid == of_code));
}

BOOST_AUTO_TEST_CASE(the_values_of_a_field_that_is_dropped_are_counted_and_nothing_more) {
    const auto source = std::make_shared<const Schema>(Schema{{{"id", ColumnType::utf8}, {"f", ColumnType::utf8}}});
    const Deidentifier deidentifier(compiled("policy: 1\nstream: s\nfields: {id: keep, f: drop}\n"), source, run_day);
    Quality quality;
    const auto batch = deidentifier.apply(
        RecordBatch(source, {text_column({"1", "2", "3", "4"}), text_column({"a", "", std::nullopt, std::nullopt})}, 1,
                    ""),
        quality);
    BOOST_TEST(batch.schema().fields.size() == 1U);
    const FieldQuality& field = quality.fields.at(1);
    BOOST_TEST(field.field == "f");
    BOOST_TEST(field.dropped);
    BOOST_TEST(field.filled == 1U);
    BOOST_TEST(field.empty == 3U);
    BOOST_TEST(field.invalid.empty());
    BOOST_TEST(!quality.fields.at(0).dropped);
}

BOOST_AUTO_TEST_SUITE_END()
