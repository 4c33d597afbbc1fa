#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "agent/deidentify/deidentifier.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::filesystem::path config = TRIBUTARY_CONFIG_FOLDER;

const std::string clk =
    "{action: clk, schema: ../linkage/person.json, key: region-2026, features: {first_name: forename, date_of_birth: "
    "dob}, as: clk}";

const std::string fields = "policy: 1\nstream: admissions\nfields:\n  spell: keep\n";
const std::string linkage = "linkage:\n  stream: admissions_linkage\n  fields:\n    surname: " + clk + "\n";

std::shared_ptr<const CompiledPolicy> compile(const std::string& text, std::string& faults) {
    Diagnostics diagnostics;
    auto policy = compile_policy(parse_yaml(text, (config / "policies" / "test.yaml").string()), known_keys(),
                                 system_files(), diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.all()) {
        faults += to_string(diagnostic) + "\n";
    }
    return policy;
}

struct Both {
    DeidentifiedBatch records;
    LinkageRows linkage;
};

Both apply_policy(const std::string& text, std::size_t rows) {
    std::string faults;
    const auto policy = compile(text, faults);
    BOOST_REQUIRE_MESSAGE(policy != nullptr, faults);
    auto source = std::make_shared<Schema>();
    std::vector<Column> columns;
    for (const std::string name : {"spell", "surname", "forename", "dob", "sex", "postcode"}) {
        source->fields.push_back({name, ColumnType::utf8});
        Texts values;
        for (std::size_t row = 0; row < rows; ++row) {
            const std::string letter(1, static_cast<char>('a' + row % 26));
            values.push_back(name == "dob"   ? "1950-01-02"
                             : name == "sex" ? "F"
                                             : name + letter + std::to_string(row / 26));
        }
        columns.push_back(text_column(values));
    }
    Quality quality;
    LinkageRows made;
    auto records =
        Deidentifier(policy, source, run_day).apply(RecordBatch(source, std::move(columns), 1, ""), quality, &made);
    return {std::move(records), std::move(made)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linkage_rows_tests)

BOOST_AUTO_TEST_CASE(records_and_encodings_leave_apart_and_only_the_row_key_joins_them) {
    const auto both = apply_policy(fields + linkage, 100);
    BOOST_REQUIRE(both.linkage.batch.has_value());
    const auto& records = both.records.schema().fields;
    const auto& encodings = both.linkage.batch->schema().fields;
    BOOST_REQUIRE(records.size() == 2U);
    BOOST_TEST(records[0].name == "spell");
    BOOST_TEST(records[1].name == "row_key");
    BOOST_REQUIRE(encodings.size() == 2U);
    BOOST_TEST(encodings[0].name == "clk");
    BOOST_TEST(encodings[1].name == "row_key");
    std::set<std::string> keys;
    std::set<std::string> same;
    for (std::size_t row = 0; row < 100; ++row) {
        keys.insert(std::string(both.records.column(1).text(row)));
        same.insert(std::string(both.linkage.batch->column(1).text(row)));
        BOOST_TEST(both.records.column(1).text(row).size() == 26U);
    }
    BOOST_TEST(keys.size() == 100U);
    BOOST_TEST((keys == same));
}

BOOST_AUTO_TEST_CASE(keys_are_made_anew_for_each_run) {
    const auto once = apply_policy(fields + linkage, 10);
    const auto again = apply_policy(fields + linkage, 10);
    for (std::size_t row = 0; row < 10; ++row) {
        BOOST_TEST(once.records.column(1).text(row) != again.records.column(1).text(row));
    }
    BOOST_TEST(once.linkage.batch->column(0).text(3) == again.linkage.batch->column(0).text(3));
}

BOOST_AUTO_TEST_CASE(the_order_of_the_encodings_tells_nothing_and_held_rows_are_not_among_them) {
    const auto both = apply_policy(fields + linkage, 500);
    const auto shuffled = both.linkage.batch->shuffled_without({0, 7, 499});
    BOOST_REQUIRE(shuffled.rows() == 497U);
    std::set<std::string> there;
    std::size_t in_place = 0;
    for (std::size_t row = 0; row < shuffled.rows(); ++row) {
        there.insert(std::string(shuffled.column(1).text(row)));
        in_place += shuffled.column(1).text(row) == both.linkage.batch->column(1).text(row) ? 1U : 0U;
    }
    BOOST_TEST(there.size() == 497U);
    BOOST_TEST(in_place < 50U);
    for (const std::size_t held : {0U, 7U, 499U}) {
        BOOST_TEST(!there.contains(std::string(both.records.column(1).text(held))));
    }
    // Encoding and key still belong together.
    std::map<std::string, std::string> by_key;
    for (std::size_t row = 0; row < 500; ++row) {
        by_key[std::string(both.linkage.batch->column(1).text(row))] = both.linkage.batch->column(0).text(row);
    }
    for (std::size_t row = 0; row < shuffled.rows(); ++row) {
        BOOST_TEST(by_key.at(std::string(shuffled.column(1).text(row))) == shuffled.column(0).text(row));
    }
}

BOOST_AUTO_TEST_CASE(encodings_have_a_key_that_makes_nothing_else) {
    for (const std::string other :
         {"{action: pseudonym, type: identifier, key: region-2026, domain: planning}",
          "{action: pseudonym, type: identifier, key: shared, domain: planning}",  // the same bytes under another id
          "{action: encrypt, key: region-2026, domain: planning}",
          "{action: date_shift, patient: spell, type: identifier, key: region-2026, domain: planning}"}) {
        std::string faults;
        BOOST_TEST(compile(fields + "  admitted: " + other + "\n" + linkage, faults) == nullptr, other);
        BOOST_TEST(faults.find("encodings need a linkage key of their own") != std::string::npos, faults);
    }
    std::string own = linkage;
    own.replace(own.find("region-2026"), 11, "linkage-2026");
    std::string faults;
    BOOST_TEST(
        compile(fields + "  local: {action: pseudonym, type: identifier, key: region-2026, domain: planning}\n" + own,
                faults) != nullptr,
        faults);
}

BOOST_AUTO_TEST_CASE(one_file_has_one_hash) {
    std::string faults;
    const auto policy = compile(fields + linkage, faults);
    BOOST_REQUIRE_MESSAGE(policy != nullptr, faults);
    BOOST_TEST(policy->linkage()->rules->hash() == policy->hash());
    BOOST_TEST(policy->linkage()->rules->stream() == "admissions_linkage");
    BOOST_TEST(policy->linkage()->rules->pseudonyms().size() == 1U);
    BOOST_TEST(policy->pseudonyms().empty());
}

BOOST_AUTO_TEST_CASE(wrong_sections_are_errors_with_their_place) {
    for (const std::string& text :
         {std::string("linkage: {stream: admissions, fields: {surname: " + clk + "}}\n"),
          std::string("linkage: {stream: Upper, fields: {surname: " + clk + "}}\n"),
          std::string("linkage: {fields: {surname: " + clk + "}}\n"), std::string("linkage: {stream: other}\n"),
          std::string("linkage: {stream: other, fields: {surname: keep}}\n"),
          std::string("linkage: {stream: other, fields: {surname: drop}}\n"),
          std::string("linkage: {stream: other, row_key: spell, fields: {surname: " + clk + "}}\n"),
          std::string("linkage: {stream: other, row_key: clk, fields: {surname: " + clk + "}}\n"),
          std::string("linkage: {stream: other, unknown: 1, fields: {surname: " + clk + "}}\n")}) {
        std::string faults;
        BOOST_TEST(compile(fields + text, faults) == nullptr, text);
        BOOST_TEST(faults.find("test.yaml:5:") != std::string::npos, text << faults);
    }
    std::string twice;
    BOOST_TEST(compile(fields + "linkage: {stream: other, fields: {surname: {action: clk, key: region-2026}}}\n",
                       twice) == nullptr);
    BOOST_TEST(std::count(twice.begin(), twice.end(), '\n') == 1, twice);  // what is wrong is said once
    std::string faults;
    BOOST_TEST(compile(fields + "  surname: " + clk + "\n", faults) == nullptr);
    BOOST_TEST(faults.find("move them under 'linkage'") != std::string::npos, faults);
}

BOOST_AUTO_TEST_SUITE_END()
