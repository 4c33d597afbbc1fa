#include "agent/deidentify/scrub_action.h"

#include <boost/test/unit_test.hpp>

#include "agent/deidentify/deidentifier.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::string policy_text =
    "policy: 1\nstream: letters\ndate_formats: [dd/MM/yyyy]\nfields:\n"
    "  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}\n"
    "  surname: drop\n"
    "  note: {action: scrub, known: {surname: name, dob: date, nhs_number: nhs_number}, accept_residual_risk: true}\n";

DeidentifiedBatch apply_policy(const std::vector<Texts>& columns, Quality& quality) {
    const auto source = std::make_shared<const Schema>(Schema{{{"nhs_number", ColumnType::utf8},
                                                               {"surname", ColumnType::utf8},
                                                               {"dob", ColumnType::utf8},
                                                               {"note", ColumnType::utf8}}});
    std::vector<Column> made;
    for (const auto& column : columns) {
        made.push_back(text_column(column));
    }
    return Deidentifier(compiled(policy_text), source, run_day)
        .apply(RecordBatch(source, std::move(made), 1, ""), quality);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scrub_action_tests)

BOOST_AUTO_TEST_CASE(each_row_is_scrubbed_of_its_own_identifiers) {
    Quality quality;
    const auto batch = apply_policy(
        {{"9434765919", "9434765870", std::nullopt, "9434765870"},
         {"Thornesworth", "Ackroyd", std::nullopt, "Young"},
         {"02/03/1950", "no date", std::nullopt, ""},
         {"Thornesworth b 02031950, not Ackroyd", "Ackroyd, not Thornesworth", std::nullopt, "a young man; Mr Young"}},
        quality);
    check_values(texts_of(batch.column(1)),
                 {"[NAME] b [DATE], not Ackroyd", "[NAME], not Thornesworth", std::nullopt, "a [NAME] man; Mr [NAME]"});
    BOOST_TEST(batch.held().empty());  // what the guard knows of the row was taken out
    const auto& counts = quality.fields.back();
    BOOST_TEST(counts.field == "note");
    BOOST_TEST(counts.filled == 3U);
    BOOST_TEST(counts.empty == 1U);
}

BOOST_AUTO_TEST_CASE(text_that_cannot_be_read_becomes_null_and_is_counted) {
    Quality quality;
    const auto batch = apply_policy({{"9434765919"}, {"A"}, {""}, {"caf\xE9"}}, quality);
    check_values(texts_of(batch.column(1)), {std::nullopt});
    BOOST_TEST(quality.fields.back().invalid.at("not_utf8") == 1U);
}

BOOST_AUTO_TEST_CASE(without_the_known_fields_the_guard_holds_the_row) {
    Quality quality;
    const auto source = std::make_shared<const Schema>(
        Schema{{{"surname", ColumnType::utf8}, {"note", ColumnType::utf8}, {"ward", ColumnType::utf8}}});
    const auto policy = compiled(
        "policy: 1\nstream: letters\nfields:\n  note: {action: scrub, known: {ward: identifier}, accept_residual_risk: "
        "true}\n");
    const auto batch =
        Deidentifier(policy, source, run_day)
            .apply(RecordBatch(source,
                               {text_column({"Thornesworth"}), text_column({"Thornesworth rang"}), text_column({"W"})},
                               1, ""),
                   quality);
    BOOST_REQUIRE(batch.held().size() == 1U);
    BOOST_TEST(batch.held()[0].reason == "known_value");
}

BOOST_AUTO_TEST_CASE(the_words_of_the_statement_say_what_stays) {
    const auto policy = compiled(policy_text);
    const auto words = policy->rules().back().action->describe();
    BOOST_TEST(words.find("(3 fields)") != std::string::npos, words);
    BOOST_TEST(words.find("misspelt names and other people's names stay") != std::string::npos, words);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const char* const rule :
         {"{action: scrub, known: {a: name}}", "{action: scrub, known: {a: name}, accept_residual_risk: false}",
          "{action: scrub, accept_residual_risk: true}", "{action: scrub, known: {}, accept_residual_risk: true}",
          "{action: scrub, known: [a], accept_residual_risk: true}",
          "{action: scrub, known: {a: surname}, accept_residual_risk: true}",
          "{action: scrub, known: {a: name}, accept_residual_risk: true, keep: x}"}) {
        const auto faults = faults_of(policy_of(rule));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, rule << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, rule);
    }
}

BOOST_AUTO_TEST_SUITE_END()
