// Neither the order of rows nor the size of batches nor who reads them changes a result, for any action of the table.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "agent/deidentify/action_table.h"
#include "tests/unit/deidentify/every_action.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// The results of rows cut into batches of random sizes up to `largest`, in their order.
std::vector<std::string> in_batches(const Deidentifier& deidentifier, const std::vector<Row>& rows, std::size_t largest,
                                    std::mt19937_64& random, Quality& quality) {
    std::vector<std::string> results;
    for (std::size_t begin = 0; begin < rows.size();) {
        const std::size_t size = std::min(rows.size() - begin, 1 + random() % largest);
        const std::vector<Row> part(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                    rows.begin() + static_cast<std::ptrdiff_t>(begin + size));
        const auto batch = deidentifier.apply(batch_of(deidentifier.source_schema(), part, begin + 1), quality);
        const auto of_part = results_of(batch);
        results.insert(results.end(), of_part.begin(), of_part.end());
        begin += size;
    }
    return results;
}

void check_order_and_size_change_nothing(const std::shared_ptr<const CompiledPolicy>& policy) {
    const auto seed = test_seed();
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << seed << ", stream " << policy->stream());
    std::mt19937_64 random(seed);
    const auto rows = generated_rows(600, seed);
    const Deidentifier deidentifier(policy, EveryAction::source(), run_day);
    Quality whole_quality;
    const auto whole = in_batches(deidentifier, rows, 1, random, whole_quality);
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0U);
    for (const std::size_t largest : {1U, 2U, 9U, 64U, 65U, 600U, 100'000U}) {
        std::vector<Row> permuted;
        permuted.reserve(order.size());
        for (const std::size_t row : order) {
            permuted.push_back(rows[row]);
        }
        Quality quality;
        const auto results = in_batches(deidentifier, permuted, largest, random, quality);
        BOOST_REQUIRE_EQUAL(results.size(), rows.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            BOOST_REQUIRE_EQUAL(results[i], whole[order[i]]);
        }
        BOOST_TEST(counts_of(quality) == counts_of(whole_quality));
        std::shuffle(order.begin(), order.end(), random);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(order_tests)

BOOST_AUTO_TEST_CASE(the_policies_of_these_tests_use_every_action_of_the_table) {
    const EveryAction every;
    std::set<std::string> used;
    for (const auto& policy : {every.clinical(), every.linkage()}) {
        for (const CompiledRule& rule : policy->rules()) {
            used.insert(rule.action == nullptr ? "drop" : std::string(rule.action->name()));
        }
    }
    for (const std::string& name : action_names()) {
        BOOST_TEST(used.contains(name), name << " is used by no policy of every_action.cc");
    }
}

BOOST_AUTO_TEST_CASE(order_and_batch_size_never_change_what_any_action_makes_of_a_row) {
    const EveryAction every;
    check_order_and_size_change_nothing(every.clinical());
}

BOOST_AUTO_TEST_CASE(order_and_batch_size_never_change_a_linkage_encoding) {
    const EveryAction every;
    check_order_and_size_change_nothing(every.linkage());
}

BOOST_AUTO_TEST_CASE(another_site_and_another_run_give_the_same_result_but_for_the_age_at_the_run) {
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << test_seed());
    const auto rows = generated_rows(300, test_seed());
    const EveryAction one;
    const EveryAction other;
    const auto results = [&rows](const EveryAction& site, std::int64_t day) {
        Quality quality;
        const auto batch = Deidentifier(site.clinical(), EveryAction::source(), day)
                               .apply(batch_of(EveryAction::source(), rows), quality);
        auto texts = results_of(batch);
        for (std::string& text : texts) {  // the one output that the run's date may change
            const auto begin = text.find("\nage_now");
            text.erase(begin, text.find('\n', begin + 1) - begin);
        }
        return texts;
    };
    const auto expected = results(one, run_day);
    BOOST_TEST((results(other, run_day) == expected));
    BOOST_TEST((results(other, run_day + 4000) == expected));
    // Born on 2 March 1950; 4,000 days after 22 November 2026 is 4 November 2037.
    for (const auto& [day, age] : {std::pair{run_day, "age_now=76\n"}, {run_day + 4000, "age_now=87\n"}}) {
        Quality quality;
        const auto batch = Deidentifier(one.clinical(), EveryAction::source(), day)
                               .apply(batch_of(EveryAction::source(), {right_row()}), quality);
        BOOST_TEST(results_of(batch).at(0).find(age) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(for_every_action_filled_empty_and_invalid_add_up_to_the_rows) {
    const EveryAction every;
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << test_seed());
    const auto rows = generated_rows(500, test_seed());
    for (const auto& policy : {every.clinical(), every.linkage()}) {
        Quality quality;
        const auto batch =
            Deidentifier(policy, EveryAction::source(), run_day).apply(batch_of(EveryAction::source(), rows), quality);
        BOOST_TEST(batch.rows() == rows.size());
        for (const FieldQuality& field : quality.fields) {
            BOOST_TEST(rows_of(field) == rows.size(), field.field);
            BOOST_TEST(field.filled > 0U, field.field);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
