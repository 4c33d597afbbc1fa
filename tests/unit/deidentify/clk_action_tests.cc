#include "agent/deidentify/clk_action.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "agent/deidentify/clk_encoder.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::filesystem::path config = TRIBUTARY_CONFIG_FOLDER;

std::shared_ptr<const CompiledPolicy> compile(const std::string& fields, std::string& faults) {
    Diagnostics diagnostics;
    auto policy = compile_policy(
        parse_yaml("policy: 1\nstream: s\nfields:\n" + fields, (config / "policies" / "test.yaml").string()),
        known_keys(), system_files(), diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.all()) {
        faults += to_string(diagnostic) + "\n";
    }
    return policy;
}

constexpr const char* rule =
    "  surname: {action: clk, schema: ../linkage/person.json, key: region-2026, features: {first_name: forename, "
    "date_of_birth: dob}, as: clk}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(clk_action_tests)

BOOST_AUTO_TEST_CASE(a_row_leaves_as_the_encoding_of_its_fields_and_nothing_else) {
    std::string faults;
    const auto policy = compile(rule, faults);
    BOOST_REQUIRE_MESSAGE(policy != nullptr, faults);
    auto source = std::make_shared<Schema>();
    const std::vector<std::pair<std::string, Texts>> fields = {
        {"postcode", {"LS1 4AP", "LS1 4AP", ""}},  {"sex", {"2", "9", ""}},
        {"dob", {"1950-03-02", "1950-02-31", ""}}, {"surname", {" smith ", "smith", ""}},
        {"forename", {"ann", "ann", ""}},          {"note", {"x", "y", "z"}}};
    std::vector<Column> columns;
    for (const auto& [name, values] : fields) {
        source->fields.push_back({name, ColumnType::utf8});
        columns.push_back(text_column(values));
    }
    Quality quality;
    const auto batch = Deidentifier(policy, source, run_day).apply(RecordBatch(source, columns, 1, ""), quality);
    BOOST_REQUIRE(batch.schema().fields.size() == 1U);
    const ClkEncoder encoder(
        LinkageSchema::parse(read_file(system_files(), config / "linkage" / "person.json", 1U << 20U), "person.json"),
        known_key().bytes());
    ClkEncoder::Scratch scratch(encoder);
    const std::vector<std::string_view> values = {"ann", "smith", "1950-03-02", "2", "LS1 4AP"};
    const std::string expected(encoder.encode(values, scratch).text);
    BOOST_TEST(expected.size() == 172U);
    check_values(texts_of(batch.column(0)), {expected, std::nullopt, std::nullopt});
    BOOST_TEST(quality.fields.at(0).invalid.at("feature_not_valid") == 1U);
    BOOST_TEST(rows_of(quality.fields.at(0)) == 3U);
    BOOST_TEST(policy->pseudonyms().at(0).algorithm == "clkhash-v3");
}

BOOST_AUTO_TEST_CASE(an_encoding_beside_anything_else_is_refused) {
    for (const char* const other :
         {"  sex: keep\n", "  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: d}\n"}) {
        std::string faults;
        BOOST_TEST((compile(std::string(rule) + other, faults) == nullptr));
        BOOST_TEST(faults.find("would leave beside a linkage encoding") != std::string::npos, faults);
        BOOST_TEST(faults.find("test.yaml:5:3") != std::string::npos, faults);
    }
    std::string faults;
    BOOST_TEST((compile(std::string(rule) + "  note: drop\n", faults) != nullptr), faults);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    const std::vector<std::pair<std::string, std::string>> faulty = {
        {"{action: clk, key: region-2026}", "schema"},
        {"{action: clk, schema: none.json, key: region-2026}", "none.json"},
        {"{action: clk, schema: ../policy.schema.json, key: region-2026}", "cannot be used"},
        {"{action: clk, schema: ../linkage/person.json}", "key"},
        {"{action: clk, schema: ../linkage/person.json, key: other}", "no linkage key"},
        {"{action: clk, schema: ../linkage/person.json, key: region-2026, features: {forenam: x}}",
         "no feature 'forenam'"},
        {"{action: clk, schema: ../linkage/person.json, key: region-2026, features: {sex: [x]}}", "must name a field"},
        {"{action: clk, schema: ../linkage/person.json, key: region-2026, features: {}}", "'features' must be"},
        {"{action: clk, schema: ../linkage/person.json, key: region-2026, domain: d}", "unknown key 'domain'"}};
    for (const auto& [text, part] : faulty) {
        std::string faults;
        BOOST_TEST((compile("  f: " + text + "\n", faults) == nullptr), text);
        BOOST_TEST(faults.find(part) != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("test.yaml:4:") != std::string::npos, text << ": " << faults);
    }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_for_linkage_is_refused) {
    std::string faults;
    std::string with_shared = rule;
    with_shared.replace(with_shared.find("region-2026"), std::string("region-2026").size(), "shared");
    BOOST_TEST(compile(with_shared, faults) == nullptr);
    BOOST_TEST(faults.find("'shared' may not be used for the domain 'linkage'") != std::string::npos, faults);
}

BOOST_AUTO_TEST_SUITE_END()
