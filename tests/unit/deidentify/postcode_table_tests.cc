#include "agent/deidentify/postcode_table.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/unit/deidentify/policies.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;
using namespace tributary::test;

namespace {

struct Fixture {
    TemporaryFolder folder;

    std::shared_ptr<const PostcodeTable> load(const std::string& text) {
        folder.write("table.csv", text);
        return PostcodeTable::load(system_files(), folder.path() / "table.csv", "pcds", "lsoa21");
    }
    void check_fault(const std::string& text, const std::string& part) {
        BOOST_CHECK_EXCEPTION(load(text), Error, [&](const Error& error) {
            BOOST_TEST_MESSAGE(error.what());
            return error.code() == ErrorCode::input && std::string(error.what()).find(part) != std::string::npos;
        });
    }
};

constexpr const char* table =
    "\xEF\xBB\xBFpcds,\"name, of area\",lsoa21\r\n"
    "LS1 4AP,\"Leeds, \"\"centre\"\"\",E01033015\r\n"
    "\r\n"
    "\"M1 1AE\",\"Man\nchester\",E01033664\n"
    "gir0aa,Bootle,E01006548\n"
    "ZZ99 3VZ,nowhere,E99999999\n"
    "LS1 4AP,again,E01033015\n"
    "BD1 1AA,no area,\n"
    ",nothing,E01";

}  // namespace

BOOST_AUTO_TEST_SUITE(postcode_table_tests)

BOOST_FIXTURE_TEST_CASE(a_postcode_finds_its_area_in_any_writing, Fixture) {
    const auto loaded = load(table);
    BOOST_TEST(loaded->size() == 3U);
    BOOST_TEST(loaded->find("LS14AP") == "E01033015");
    BOOST_TEST(loaded->find("M11AE") == "E01033664");
    BOOST_TEST(loaded->find("GIR0AA") == "E01006548");
    BOOST_TEST(loaded->find("BD11AA").empty());
    BOOST_TEST(loaded->find("LS14AQ").empty());
    BOOST_TEST(loaded->digest() == to_hex(sha256(table)));
}

BOOST_FIXTURE_TEST_CASE(a_table_that_cannot_be_used_says_why_and_where, Fixture) {
    check_fault("", "no row");
    check_fault("pcds,lsoa21\n", "no row");
    check_fault("pcds,area\nLS1 4AP,E01\n", "no column 'lsoa21'");
    check_fault("pcds,lsoa21\nLS1 4AP,E01\nLS1 4AQ\n", "line 3");
    check_fault("pcds,lsoa21\nLS1 4AP,E01\nls14ap,E02\n", "twice with different areas");
    check_fault("pcds,lsoa21\n\"LS1 4AP,E01\n", "line 2: a quote is not closed");
    check_fault("pcds,lsoa21\n\"LS1\" 4AP,E01\n", "behind a closing quote");
    BOOST_CHECK_THROW(PostcodeTable::load(system_files(), folder.path() / "none.csv", "a", "b"), Error);
}

BOOST_FIXTURE_TEST_CASE(the_policys_hash_changes_with_the_table, Fixture) {
    const auto compile = [&](const std::string& text) {
        folder.write("table.csv", text);
        Diagnostics diagnostics;
        const auto policy = compile_policy(
            parse_yaml(
                policy_of("{action: postcode, precision: lookup, table: table.csv, from: pcds, to: lsoa21, as: lsoa}"),
                (folder.path() / "policy.yaml").string()),
            known_keys(), system_files(), diagnostics);
        diagnostics.throw_if_errors();
        return policy;
    };
    const auto policy = compile(table);
    BOOST_TEST(policy->hash() == compile(table)->hash());
    BOOST_TEST(policy->hash() != compile("pcds,lsoa21\nLS1 4AP,E01\n")->hash());

    auto source = std::make_shared<const Schema>(Schema{{{"f", ColumnType::utf8}}});
    Quality quality;
    const auto batch =
        Deidentifier(policy, source, run_day)
            .apply(RecordBatch(source, {text_column({"ls1 4ap", "LS1", "zz99 3vz", "LS1 4AQ", "LS1 OAA", ""})}, 1, ""),
                   quality);
    check_values(texts_of(batch.column(0)),
                 {"E01033015", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt});
    const std::map<std::string, std::uint64_t> invalid = {
        {"not_a_postcode", 2}, {"pseudo_postcode", 1}, {"not_in_table", 1}};
    BOOST_TEST((quality.fields.at(0).invalid == invalid));
    BOOST_TEST(quality.fields.at(0).empty == 1U);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const char* const rule :
         {"{action: postcode, precision: lookup}", "{action: postcode, precision: lookup, table: t.csv, from: a}",
          "{action: postcode, precision: lookup, table: none.csv, from: a, to: b}",
          "{action: postcode, precision: sector, table: t.csv}"}) {
        const auto faults = faults_of(policy_of(rule));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, rule << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, rule);
    }
}

BOOST_AUTO_TEST_SUITE_END()
