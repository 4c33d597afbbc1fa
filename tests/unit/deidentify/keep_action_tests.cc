#include <boost/test/unit_test.hpp>
#include <chrono>

#include "agent/deidentify/value_pattern.h"
#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

bool matches(const std::string& pattern, std::string_view value) {
    std::string fault;
    std::string scratch;
    const auto compiled_pattern = ValuePattern::compile(pattern, fault);
    BOOST_REQUIRE_MESSAGE(compiled_pattern != nullptr, pattern << " " << fault);
    return compiled_pattern->matches(value, scratch);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keep_action_tests)

BOOST_AUTO_TEST_CASE(a_column_that_is_kept_is_shared_and_not_copied) {
    const Column input = text_column({"a", std::nullopt, "", "b"});
    const auto source = std::make_shared<const Schema>(Schema{{{"f", ColumnType::utf8}}});
    for (const auto* const rule : {"keep", "{action: keep, allow: [a, b]}"}) {
        const Deidentifier deidentifier(compiled(policy_of(rule)), source, run_day);
        Quality quality;
        const auto batch = deidentifier.apply(RecordBatch(source, {input}, 1, ""), quality);
        BOOST_TEST((batch.column(0).text_data() == input.text_data()));
        BOOST_TEST(quality.fields.at(0).filled == 2U);
        BOOST_TEST(quality.fields.at(0).empty == 2U);
        check_values(texts_of(batch.column(0)), {"a", {}, "", "b"});
    }
}

BOOST_AUTO_TEST_CASE(a_kept_column_keeps_its_type) {
    const auto array = int64_array({1, 2}, {true, false});
    const auto source = std::make_shared<const Schema>(Schema{{{"f", ColumnType::int64}}});
    const Deidentifier deidentifier(compiled(policy_of("keep")), source, run_day);
    BOOST_TEST((deidentifier.output_schema()->fields.at(0).type == ColumnType::int64));
    Quality quality;
    const auto batch =
        deidentifier.apply(RecordBatch(source, {Column::import(array->array, ColumnType::int64, "f")}, 1, ""), quality);
    BOOST_TEST(batch.column(0).int64(0) == 1);
    BOOST_TEST(quality.fields.at(0).empty == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_not_on_the_list_is_null_and_counted) {
    const auto [values, quality] =
        apply_rule("{action: keep, allow: [M, F, U]}", {"M", "m", "F ", "Jane", "", std::nullopt, "U"});
    check_values(values, {"M", {}, {}, {}, "", {}, "U"});
    BOOST_TEST(quality.filled == 2U);
    BOOST_TEST(quality.empty == 2U);
    BOOST_TEST(quality.invalid.at("not_allowed") == 3U);
}

BOOST_AUTO_TEST_CASE(a_list_is_text_as_it_is_written) {
    const auto [values, quality] =
        apply_rule("{action: keep, allow: [1, 01, yes, true]}", {"1", "01", "yes", "true", "True"});
    check_values(values, {"1", "01", "yes", "true", {}});
    BOOST_TEST(quality.filled == 4U);
}

BOOST_AUTO_TEST_CASE(a_list_holds_for_numbers_too) {
    const auto array = int64_array({100, 101});
    check_values(
        apply_rule("{action: keep, allow: [100]}", Column::import(array->array, ColumnType::int64, "f")).values,
        {"100", {}});
}

BOOST_AUTO_TEST_CASE(a_pattern_holds_for_the_whole_value) {
    const auto [values, quality] = apply_rule("{action: keep, allow: {pattern: \"[0-9]{3}|[A-Z]\"}}",
                                              {"100", "1000", "A", "AB", " 100", "100\n", "", "x100"});
    check_values(values, {"100", {}, "A", {}, {}, {}, "", {}});
    BOOST_TEST(quality.filled == 2U);
    BOOST_TEST(quality.empty == 1U);
    BOOST_TEST(quality.invalid.at("not_allowed") == 5U);
}

BOOST_AUTO_TEST_CASE(no_pattern_can_let_a_part_of_a_value_stand_for_the_whole) {
    BOOST_TEST(!matches("a|b", "bc"));
    BOOST_TEST(!matches("a$", "a\n"));
    BOOST_TEST(!matches("a(*ACCEPT)", "abc"));
    BOOST_TEST(!matches("(?m)^a$", "x\na"));
    BOOST_TEST(!matches("x\\Ka", "xa"));
    BOOST_TEST(matches("a|ab", "ab"));
    BOOST_TEST(matches("(a)(b)", "ab"));
    BOOST_TEST(matches("[\xc3\xa0-\xc3\xbc]+", "\xc3\xa9\xc3\xa8"));
    BOOST_TEST(!matches(".+", "caf\xe9"));  // not UTF-8
    std::string fault;
    BOOST_TEST((ValuePattern::compile("a)|(?:b", fault) == nullptr));
    BOOST_TEST((ValuePattern::compile("(?x)a # b", fault) == nullptr));
    BOOST_TEST((ValuePattern::compile("\\Qa", fault) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_takes_forever_lets_nothing_pass) {
    const std::string hostile = std::string(5000, 'a') + "!";
    BOOST_TEST(!matches("(a+)+", hostile));
    BOOST_TEST(!matches("(a|aa)+", hostile));
    BOOST_TEST(!matches("((a*)*)*", hostile));
    // Deep but legitimate recursion beyond the limit is refused, never a crash.
    BOOST_TEST(!matches("(?:a|b)*c", std::string(1'000'000, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
