#include "agent/deidentify/openpseudonymiser_action.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// A policy file's folder with a salt beside it.
struct Fixture {
    TemporaryFolder folder;
    Diagnostics diagnostics;

    Fixture() { salt("hello\n"); }

    void salt(const std::string& text, Privacy privacy = Privacy::owner_only) {
        const auto file = folder.path() / "salt.txt";
        std::filesystem::remove(file);
        write_file_durably(system_files(), file, text, privacy);
    }

    std::shared_ptr<const CompiledPolicy> compile(const std::string& rule) {
        diagnostics = Diagnostics();
        return compile_policy(parse_yaml(policy_of(rule), (folder.path() / "policy.yaml").string()), known_keys(),
                              system_files(), diagnostics);
    }

    std::string faults() const {
        std::string text;
        for (const Diagnostic& diagnostic : diagnostics.all()) {
            text += to_string(diagnostic) + "\n";
        }
        return text;
    }

    Applied apply(const std::string& inputs, const std::vector<std::pair<std::string, Texts>>& fields) {
        auto source = std::make_shared<Schema>();
        std::vector<Column> columns;
        for (const auto& [name, values] : fields) {
            source->fields.push_back({name, ColumnType::utf8});
            columns.push_back(text_column(values));
        }
        const auto policy = compile(rule(inputs));
        BOOST_REQUIRE_MESSAGE(policy != nullptr, faults());
        Quality quality;
        const auto batch =
            Deidentifier(policy, source, run_day).apply(RecordBatch(source, std::move(columns), 1, ""), quality);
        return {texts_of(batch.column(0).as_text()), quality.fields.at(0)};
    }

    static std::string rule(const std::string& inputs) {
        return "{action: openpseudonymiser, inputs: " + inputs +
               ", salt: 'file:salt.txt', accept_weak: true, as: digest}";
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(openpseudonymiser_action_tests)

// www.openpseudonymiser.org, frequently asked questions: "123456789" with the salt "hello" gives a4455e65...
BOOST_FIXTURE_TEST_CASE(the_projects_own_example_gives_the_projects_own_digest, Fixture) {
    check_values(apply("{Number: f}", {{"f", {"123456789", " 123456789 "}}}).values,
                 {"A4455E6581B78D69E569895C2B615DFA90A6CD56938E40CA91EDD26E44DEEDFE",
                  "A4455E6581B78D69E569895C2B615DFA90A6CD56938E40CA91EDD26E44DEEDFE"});
}

// printf '1950-03-029434765919salty' | openssl dgst -sha256: DOB comes before NHSNumber.
BOOST_FIXTURE_TEST_CASE(several_inputs_are_joined_in_the_order_of_their_names, Fixture) {
    salt("salty");
    check_values(apply("{NHSNumber: f, DOB: dob}", {{"f", {"943 476 5919"}}, {"dob", {"1950-03-02"}}}).values,
                 {"1F370FF84493D31D817917B0303B6060E8BFA9F69C9A4A0FDBFD52D3021286C0"});
}

BOOST_FIXTURE_TEST_CASE(what_has_no_digest_is_counted_by_its_reason, Fixture) {
    const auto applied =
        apply("{NHSNumber: f, DOB: dob}", {{"f", {"", "9434765919", "9434765918", "1111111111", "12", "9434765919"}},
                                           {"dob", {"", "", "x", "x", "x", "1950-03-02"}}});
    check_values({applied.values.begin(), applied.values.begin() + 5}, Texts(5));
    BOOST_TEST(applied.values[5].has_value());
    const std::map<std::string, std::uint64_t> invalid = {
        {"missing_input", 1}, {"check_digit", 1}, {"equal_digits", 1}, {"not_ten_digits", 1}};
    BOOST_TEST((applied.quality.invalid == invalid));
    BOOST_TEST(applied.quality.empty == 1U);
    BOOST_TEST(applied.quality.nhs_number);
}

BOOST_FIXTURE_TEST_CASE(the_salt_is_a_secret_file_and_weakness_is_accepted_by_name, Fixture) {
    const std::vector<std::pair<std::string, std::string>> faulty = {
        {"{action: openpseudonymiser, inputs: {N: f}, salt: 'file:salt.txt'}", "accept_weak: true"},
        {"{action: openpseudonymiser, inputs: {N: f}, salt: hello, accept_weak: true}", "names the file"},
        {"{action: openpseudonymiser, inputs: {N: f}, salt: 'file:none.txt', accept_weak: true}", "cannot be read"},
        {"{action: openpseudonymiser, inputs: {}, salt: 'file:salt.txt', accept_weak: true}", "'inputs' must be"},
        {"{action: openpseudonymiser, salt: 'file:salt.txt', accept_weak: true}", "inputs"},
        {"{action: openpseudonymiser, inputs: {N: [f]}, salt: 'file:salt.txt', accept_weak: true}",
         "must name a field"}};
    for (const auto& [text, part] : faulty) {
        BOOST_TEST((compile(text) == nullptr), text);
        BOOST_TEST(faults().find(part) != std::string::npos, text << ": " << faults());
    }
    salt("\n");
    BOOST_TEST((compile(rule("{N: f}")) == nullptr));
    BOOST_TEST(faults().find("is empty") != std::string::npos);
    salt("hello", Privacy::ordinary);
    std::filesystem::permissions(folder.path() / "salt.txt", std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    BOOST_TEST((compile(rule("{N: f}")) == nullptr));
    BOOST_TEST(faults().find("must not be open to others") != std::string::npos);
    BOOST_TEST(faults().find("hello") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
