#include "agent/deidentify/small_classes.h"

#include <boost/test/unit_test.hpp>

#include "agent/deidentify/deidentifier.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::string fields =
    "policy: 1\nstream: admissions\nfields:\n  id: keep\n  sex: {action: keep, allow: [M, F]}\n"
    "  dob: [{action: date, precision: year, as: birth_year}, {action: date, precision: month, as: birth_month}]\n";

DeidentifiedBatch apply_to(const std::string& disclosure, Quality& quality) {
    const auto source = std::make_shared<const Schema>(
        Schema{{{"id", ColumnType::utf8}, {"sex", ColumnType::utf8}, {"dob", ColumnType::utf8}}});
    return Deidentifier(compiled(fields + disclosure), source, run_day)
        .apply(RecordBatch(
                   source,
                   {text_column({"1", "2", "3", "4", "5", "6"}), text_column({"M", "F", "M", "M", "F", "X"}),
                    text_column({"1950-01-02", "1950-03-04", "1950-05-06", "1951-01-01", "no date", "1960-01-01"})},
                   1, ""),
               quality);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(small_classes_tests)

BOOST_AUTO_TEST_CASE(who_stands_out_loses_the_quasi_identifiers_and_nothing_else) {
    Quality quality;
    const auto batch =
        apply_to("disclosure: {quasi_identifiers: [sex, birth_year], k: 2, below_k: suppress}\n", quality);
    check_values(texts_of(batch.column(0)), {"1", "2", "3", "4", "5", "6"});
    check_values(texts_of(batch.column(1)), {"M", std::nullopt, "M", std::nullopt, std::nullopt, std::nullopt});
    check_values(texts_of(batch.column(2)), {"1950", std::nullopt, "1950", std::nullopt, std::nullopt, std::nullopt});
    check_values(texts_of(batch.column(3)), {"1950-01", "1950-03", "1950-05", "1951-01", std::nullopt, "1960-01"});
    const auto& sex = quality.fields[1];
    BOOST_TEST(sex.filled == 2U);
    BOOST_TEST(sex.invalid.at("below_k") == 3U);
    BOOST_TEST(sex.invalid.at("not_allowed") == 1U);
    const auto& dob = quality.fields[2];
    BOOST_TEST(dob.filled == 2U);
    BOOST_TEST(dob.invalid.at("below_k") == 3U);
    BOOST_TEST(dob.invalid.at("not_a_date") == 1U);
}

BOOST_AUTO_TEST_CASE(without_suppress_all_leaves) {
    for (const char* const disclosure : {"", "disclosure: {quasi_identifiers: [sex, birth_year], k: 2}\n",
                                         "disclosure: {quasi_identifiers: [sex], k: 2, below_k: report}\n"}) {
        Quality quality;
        check_values(texts_of(apply_to(disclosure, quality).column(1)), {"M", "F", "M", "M", "F", std::nullopt});
    }
}

BOOST_AUTO_TEST_CASE(a_null_is_a_value_of_its_own_and_values_do_not_run_into_each_other) {
    const std::vector<Column> columns = {text_column({"a", "a", "ab", std::nullopt, ""}),
                                         text_column({"b", "b", "", std::nullopt, ""})};
    const std::vector<std::uint32_t> expected = {2, 3, 4};
    const auto small = rows_of_small_classes(columns, 2);
    BOOST_CHECK_EQUAL_COLLECTIONS(small.begin(), small.end(), expected.begin(), expected.end());
    BOOST_TEST(rows_of_small_classes(columns, 1).empty());
    BOOST_TEST(rows_of_small_classes({}, 5).empty());
}

BOOST_AUTO_TEST_SUITE_END()
