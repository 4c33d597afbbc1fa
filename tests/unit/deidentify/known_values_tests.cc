#include "agent/deidentify/known_values.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr const char* policy = R"(policy: 1
stream: admissions
fields:
  surname: drop
  local_id: {action: pseudonym, type: identifier, key: region-2026, domain: planning}
  sex: keep
  note: keep
  summary: keep
)";

/// The held rows of one batch of one row, as "column" or an empty text.
std::string held(const std::string& text, const std::string& surname, const std::string& local_id,
                 const std::string& note, const std::string& summary = "", const std::string& unlisted = "") {
    auto source = std::make_shared<Schema>();
    std::vector<Column> columns;
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"surname", surname},
                                                                                      {"local_id", local_id},
                                                                                      {"sex", "F"},
                                                                                      {"note", note},
                                                                                      {"summary", summary},
                                                                                      {"unlisted", unlisted}}) {
        source->fields.push_back({name, ColumnType::utf8});
        columns.push_back(text_column({value}));
    }
    Quality quality;
    const auto batch =
        Deidentifier(compiled(text), source, run_day).apply(RecordBatch(source, std::move(columns), 1, ""), quality);
    if (batch.held().empty()) {
        return "";
    }
    BOOST_TEST(batch.held().size() == 1U);
    BOOST_TEST(batch.held()[0].reason == "known_value");
    return batch.schema().fields.at(batch.held()[0].column).name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(known_values_tests)

BOOST_AUTO_TEST_CASE(a_dropped_or_pseudonymised_value_is_found_in_what_leaves_of_its_row) {
    BOOST_TEST(held(policy, "Thornesworth", "", "Mrs Thornesworth is well") == "note");
    BOOST_TEST(held(policy, "Thornesworth", "", "THORNESWORTH, seen") == "note");
    BOOST_TEST(held(policy, "THORNESWORTH", "", "", "thornesworth's daughter") == "summary");
    BOOST_TEST(held(policy, "", "RVW-123456", "see RVW-123456") == "note");
    BOOST_TEST(held(policy, "", "", "lives in Otley", "", "otley") == "note");
    BOOST_TEST(held(policy, "O'Neil", "", "Ms o'neil") == "note");
    BOOST_TEST(held(policy, "\xC3\x89LODIE", "", "\xC3\xA9lodie came") == "note");
    BOOST_TEST(held(policy, " Smith ", "", "Smith") == "note");
}

BOOST_AUTO_TEST_CASE(parts_of_words_short_values_and_other_rows_values_are_not) {
    BOOST_TEST(held(policy, "Smith", "", "a goldsmith and smithy") == "");
    BOOST_TEST(held(policy, "Li", "", "Li was seen") == "");
    BOOST_TEST(held(policy, "", "1234", "took 1234 steps") == "");
    BOOST_TEST(held(policy, "", "F", "F") == "");
    BOOST_TEST(held(policy, "Smith", "", "Jones") == "");
    BOOST_TEST(held(policy, "", "", "") == "");
}

// Rows with few short words are searched in another way than rows with long texts.
BOOST_AUTO_TEST_CASE(short_texts_are_searched_as_long_ones_are) {
    std::mt19937 random(1);
    const std::vector<std::string> pieces = {"a",  "Ann",     "ann", "ANN", "12",       "12345",         "-",
                                             " ",  "'s",      "+",   "x9",  "\xC3\x89", "\xC3\xA9lodie", "NA",
                                             "\t", "\xC2\xA0"};
    const auto text = [&] {
        std::string made;
        for (std::size_t i = random() % 5; i > 0; --i) {
            made += pieces[random() % pieces.size()];
        }
        return made;
    };
    constexpr std::size_t rows = 20000;
    Texts values;
    Texts others;
    Texts codes;
    for (std::size_t row = 0; row < rows; ++row) {
        values.emplace_back(text());
        others.emplace_back(text());
        codes.emplace_back(text());
    }
    const auto source = std::make_shared<const Schema>(Schema{{{"a", ColumnType::utf8}, {"b", ColumnType::utf8}}});
    const RecordBatch batch(source, {text_column(values), text_column(others)}, 1, "");
    const Column few = text_column(codes);
    const Column filler = text_column(Texts(rows, std::string(40, '.')));
    const auto found = [&](const std::vector<Column>& outputs, std::vector<std::size_t> searched) {
        std::vector<HeldRow> held;
        KnownValues({0, 1}, std::move(searched)).check(batch, outputs, held);
        std::vector<std::size_t> places;
        for (const HeldRow& row : held) {
            BOOST_TEST(row.column == 0U);
            places.push_back(row.row);
        }
        return places;
    };
    const auto quick = found({few}, {0});
    BOOST_TEST((quick == found({few, filler}, {0, 1})));
    BOOST_TEST(quick.size() > rows / 100);
    BOOST_TEST(quick.size() < rows / 2);
}

BOOST_AUTO_TEST_CASE(columns_that_the_policy_exempts_are_passed_over) {
    const std::string exempt = std::string(policy) + "guard: {allow: [note]}\n";
    BOOST_TEST(held(exempt, "Smith", "", "Smith") == "");
    BOOST_TEST(held(exempt, "Smith", "", "Smith", "Smith") == "summary");
}

BOOST_AUTO_TEST_CASE(an_exemption_of_a_column_that_does_not_leave_is_an_error) {
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"guard: {allow: [nots]}\n", "did you mean 'note'?"},
             {"guard: {allow: [surname]}\n", "there is none called 'surname'"},
             {"guard: {allowed: [note]}\n", "did you mean 'allow'?"},
             {"guard: {}\n", "allow"},
             {"guard: off\n", "guard"}}) {
        const auto faults = faults_of(std::string(policy) + text);
        BOOST_TEST(faults.find(part) != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("policy.yaml:9:") != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
