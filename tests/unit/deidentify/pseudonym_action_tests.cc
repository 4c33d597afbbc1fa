#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string rule(const std::string& type) {
    return "{action: pseudonym, type: " + type + ", key: region-2026, domain: planning}";
}

constexpr const char* known = "gbiyxe737h5syfqo2wmd7abgea";  // of 9434765919; see pseudonymiser_tests.cc

}  // namespace

BOOST_AUTO_TEST_SUITE(pseudonym_action_tests)

BOOST_AUTO_TEST_CASE(each_value_is_counted_once_by_what_it_is) {
    const auto [values, quality] = apply_rule(
        rule("nhs_number"), {"943 476 5919", std::nullopt, "", " ", "9434765918", "12", "3333333333", "9434765919"});
    check_values(values, {known, {}, {}, {}, {}, {}, {}, known});
    BOOST_TEST(quality.filled == 2U);
    BOOST_TEST(quality.empty == 3U);
    BOOST_TEST(quality.invalid.at("check_digit") == 1U);
    BOOST_TEST(quality.invalid.at("not_ten_digits") == 1U);
    BOOST_TEST(quality.invalid.at("equal_digits") == 1U);
    BOOST_TEST(quality.nhs_number);
    BOOST_TEST(rows_of(quality) == 8U);
}

BOOST_AUTO_TEST_CASE(a_number_column_gives_the_pseudonym_of_its_digits) {
    const auto integers = int64_array({9434765919, 0}, {true, false});
    check_values(apply_rule(rule("nhs_number"), Column::import(integers->array, ColumnType::int64, "f")).values,
                 {known, {}});
    const auto floats = int64_array({0});
    const double number = 9434765919.0;
    std::memcpy(floats->values.data(), &number, sizeof number);
    check_values(apply_rule(rule("nhs_number"), Column::import(floats->array, ColumnType::float64, "f")).values,
                 {known});
}

BOOST_AUTO_TEST_CASE(a_sliced_column_gives_the_pseudonyms_of_its_rows) {
    const auto array = text_array({"9990000018", "9434765919", std::nullopt, "9434765919", "9990000018"});
    array->array.offset = 1;
    array->array.length = 3;
    check_values(apply_rule(rule("nhs_number"), Column::import(array->array, ColumnType::utf8, "f")).values,
                 {known, {}, known});
}

BOOST_AUTO_TEST_CASE(only_an_nhs_number_field_is_marked_as_one) {
    BOOST_TEST(!apply_rule(rule("identifier"), Texts{"1"}).quality.nhs_number);
    BOOST_TEST(!apply_rule(rule("uprn"), Texts{"1"}).quality.nhs_number);
    BOOST_TEST(!apply_rule(rule("text"), Texts{"1"}).quality.nhs_number);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_invalid_and_null) {
    const auto [values, quality] = apply_rule(rule("identifier"), {"caf\xe9", "x"});
    BOOST_TEST(!values.at(0).has_value());
    BOOST_TEST(values.at(1).has_value());
    BOOST_TEST(quality.invalid.at("invalid_text") == 1U);
    BOOST_TEST(rows_of(quality) == 2U);
}

BOOST_AUTO_TEST_CASE(during_a_rotation_both_keys_pseudonyms_leave) {
    LinkageKeys keys;
    keys.add(known_key());
    std::array<std::uint8_t, LinkageKey::size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(200 - i);
    }
    keys.add(LinkageKey("region-2027", 2, bytes));
    const auto compile = [&](const std::string& key) {
        Diagnostics diagnostics;
        auto policy = compile_policy(parse_yaml(policy_of("{action: pseudonym, type: nhs_number, key: " + key +
                                                          ", domain: planning, as: person}"),
                                                "policy.yaml"),
                                     keys, system_files(), diagnostics);
        diagnostics.throw_if_errors();
        return policy;
    };
    const auto source = std::make_shared<const Schema>(Schema{{{"f", ColumnType::utf8}}});
    const auto apply = [&](const std::string& key) {
        Quality quality;
        return Deidentifier(compile(key), source, run_day)
            .apply(RecordBatch(source, {text_column({"9434765919", "9434765918"})}, 1, ""), quality);
    };
    const auto both = apply("[region-2027, region-2026]");
    BOOST_REQUIRE(both.schema().fields.size() == 2U);
    BOOST_TEST(both.schema().fields[0].name == "person");
    BOOST_TEST(both.schema().fields[1].name == "person_region_2026");
    check_values(texts_of(both.column(0)), texts_of(apply("region-2027").column(0)));
    check_values(texts_of(both.column(1)), texts_of(apply("region-2026").column(0)));
    BOOST_TEST((texts_of(both.column(0)) != texts_of(both.column(1))));

    const auto policy = compile("[region-2027, region-2026]");
    BOOST_REQUIRE(policy->pseudonyms().size() == 2U);
    BOOST_TEST(policy->pseudonyms()[0].column == "person");
    BOOST_TEST(policy->pseudonyms()[0].epoch == 2U);
    BOOST_TEST(policy->pseudonyms()[1].column == "person_region_2026");
    BOOST_TEST(policy->pseudonyms()[1].key_id == "region-2026");
    BOOST_CHECK_THROW(compile("[region-2026, region-2026]"), ConfigurationError);
    BOOST_CHECK_THROW(compile("[region-2026, region-2025]"), ConfigurationError);
    BOOST_CHECK_THROW(compile("[]"), ConfigurationError);
}

BOOST_AUTO_TEST_CASE(a_key_makes_pseudonyms_for_the_domains_that_its_custodian_named_and_no_other) {
    compiled(policy_of("{action: pseudonym, type: nhs_number, key: shared, domain: planning}"));
    for (const char* const rule :
         {"{action: pseudonym, type: nhs_number, key: shared, domain: research}",
          "{action: pseudonym, type: nhs_number, key: [region-2026, shared], domain: research}",
          "{action: date_shift, patient: p, type: text, key: shared, domain: research}"}) {
        const auto faults = faults_of(policy_of(rule));
        BOOST_TEST(
            faults.find("'shared' may not be used for the domain 'research' but for 'planning'") != std::string::npos,
            faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, faults);
    }
}

BOOST_AUTO_TEST_SUITE_END()
