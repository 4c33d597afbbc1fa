#include "agent/deidentify/retraction.h"

#include <boost/test/unit_test.hpp>

#include "agent/deidentify/deidentifier.h"
#include "agent/deidentify/nhs_number.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string policy_text(const std::string& fields) {
    return "policy: 1\nstream: admissions\nfields:\n" + fields +
           "opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 7d}\n";
}

constexpr const char* person =
    "  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}\n"
    "  spell: keep\n";

constexpr std::uint32_t first = 943'476'591;   // 9434765919
constexpr std::uint32_t second = 943'476'587;  // 9434765870

}  // namespace

BOOST_AUTO_TEST_SUITE(retraction_tests)

BOOST_AUTO_TEST_CASE(a_retraction_has_the_pseudonym_that_the_persons_rows_have) {
    const auto policy = compiled(policy_text(person));
    BOOST_REQUIRE(policy->retraction() != nullptr);
    const auto source =
        std::make_shared<const Schema>(Schema{{{"nhs_number", ColumnType::utf8}, {"spell", ColumnType::utf8}}});
    Quality quality;
    const auto records =
        Deidentifier(policy, source, run_day, std::make_shared<const OptOutList>(std::vector<std::uint32_t>()))
            .apply(RecordBatch(source, {text_column({"943 476 5919", "9434765870"}), text_column({"S1", "S2"})}, 1, ""),
                   quality);
    const std::vector<std::uint32_t> listed = {second, first};
    Quality counts;
    const auto retracted = policy->retraction()->rows(listed, counts);
    BOOST_TEST(counts.rows == 2U);
    BOOST_REQUIRE(retracted.schema().fields.size() == 1U);  // nothing of a record, only who
    BOOST_TEST(retracted.schema().fields[0].name == "person");
    BOOST_TEST(texts_of(retracted.column(0))[0].value() == texts_of(records.column(0))[1].value());
    BOOST_TEST(texts_of(retracted.column(0))[1].value() == texts_of(records.column(0))[0].value());
    BOOST_TEST(policy->retraction()->rules().pseudonyms().size() == 1U);
    BOOST_TEST(policy->retraction()->rules().hash() == policy->hash());
}

BOOST_AUTO_TEST_CASE(only_who_is_newly_listed_is_retracted) {
    const auto policy = compiled(policy_text(person));
    const Retraction& retraction = *policy->retraction();
    const OptOutList before({first, 100'000'001});
    const OptOutList after({second, first, 999'999'990});
    const auto remembered = retraction.remember(before);
    const std::vector<std::uint32_t> expected = {second, 999'999'990};
    const auto fresh = retraction.newly_listed(after, remembered);
    BOOST_TEST(fresh == expected, boost::test_tools::per_element());
    BOOST_TEST(retraction.newly_listed(before, remembered).empty());
    BOOST_TEST(retraction.newly_listed(after, "").size() == 3U);
    BOOST_TEST(retraction.newly_listed(after, "rubbish that nobody sealed").size() == 3U);
    BOOST_TEST(retraction.newly_listed(OptOutList({}), remembered).empty());
}

BOOST_AUTO_TEST_CASE(what_is_remembered_names_nobody_without_the_key) {
    const auto policy = compiled(policy_text(person));
    const OptOutList list({first});
    const auto remembered = policy->retraction()->remember(list);
    BOOST_TEST(remembered == policy->retraction()->remember(list));
    BOOST_TEST(remembered.size() >= 16U);
    const auto other = compiled(policy_text(
        "  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: research, as: person}\n"));
    BOOST_TEST(other->retraction()->newly_listed(list, remembered).size() == 1U);  // cannot read it
    std::string changed = remembered;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    BOOST_TEST(policy->retraction()->newly_listed(list, changed).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_memory_of_the_key_before_is_read_during_a_rotation_and_both_pseudonyms_are_retracted) {
    const auto before = compiled(policy_text(person));
    const auto rotated = compiled(
        policy_text("  nhs_number: {action: pseudonym, type: nhs_number, key: [shared, region-2026], domain: planning, "
                    "as: person}\n"));
    const OptOutList list({first});
    BOOST_TEST(rotated->retraction()->newly_listed(list, before->retraction()->remember(list)).empty());
    Quality quality;
    BOOST_TEST(rotated->retraction()->rows(list.numbers(), quality).schema().fields.size() == 2U);
}

BOOST_AUTO_TEST_CASE(millions_are_remembered_in_two_bytes_each) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        numbers.push_back(i * 9'999U);
    }
    const OptOutList list(numbers);
    const auto policy = compiled(policy_text(person));
    const auto remembered = policy->retraction()->remember(list);
    BOOST_TEST(remembered.size() < 200'100U);
    BOOST_TEST(policy->retraction()->newly_listed(list, remembered).empty());
    numbers.push_back(5);
    const auto fresh = policy->retraction()->newly_listed(OptOutList(numbers), remembered);
    BOOST_REQUIRE(fresh.size() == 1U);
    BOOST_TEST(fresh[0] == 5U);
}

BOOST_AUTO_TEST_CASE(a_number_gets_its_check_digit_back) {
    BOOST_TEST(nhs_number_of(first) == "9434765919");
    BOOST_TEST(nhs_number_of(second) == "9434765870");
    std::array<char, 10> digits{};
    for (std::uint32_t number = 0; number < 1000; ++number) {
        const auto text = nhs_number_of(number);
        if (text.back() <= '9') {  // others are no NHS numbers, and on no list
            BOOST_TEST((read_nhs_number(text, digits) == NhsNumberFault::none || number == 0));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_policy_whose_people_cannot_be_retracted_compiles_with_a_warning) {
    for (const char* const fields :
         {"  spell: keep\n", "  nhs_number: {action: pseudonym, type: text, key: region-2026, domain: planning}\n"}) {
        const auto faults = faults_of(policy_text(fields));
        BOOST_TEST(faults.find("IT COMPILED") == 0U, faults);
        BOOST_TEST(faults.find("policy.yaml:5:10: warning: no pseudonym of 'nhs_number'") != std::string::npos, faults);
        BOOST_TEST(compiled(policy_text(fields))->retraction() == nullptr);
    }
}

BOOST_AUTO_TEST_SUITE_END()
