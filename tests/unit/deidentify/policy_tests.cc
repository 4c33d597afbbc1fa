#include "agent/deidentify/policy.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// The policy of the design, with every action.
constexpr const char* full_policy = R"(policy: 1
stream: admissions
unlisted: drop
date_formats: [yyyy-MM-dd, dd/MM/yyyy, "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss"]
fields:
  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person_pseudonym}
  local_id:   {action: pseudonym, type: identifier, key: region-2026, domain: planning}
  surname: drop
  sex: {action: keep, allow: [M, F, U]}
  specialty: keep
  ward: {action: keep, allow: {pattern: "[0-9]{3}"}}
  admitted: {action: date, precision: day}
  postcode: {action: postcode, precision: outward, as: postcode_outward}
  discharge_method: {action: map, values: {"1": home, "2": transfer}, else: null}
  diagnosis_1: {action: truncate, length: 3}
  dob:
    - {action: date, precision: year, as: birth_year}
    - {action: date, precision: month, as: birth_month}
)";

/// Compiles a policy of one field `f` and looks for a fault at a place.
void check_fault(const std::string& rule, const std::string& place, const std::string& part) {
    const std::string faults = faults_of(policy_of(rule));
    BOOST_TEST_CONTEXT(rule << "\n" << faults) {
        BOOST_TEST(faults.find("policy.yaml:" + place + ": error: ") != std::string::npos);
        BOOST_TEST(faults.find(part) != std::string::npos);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos);
    }
}

void check_document_fault(const std::string& text, const std::string& place, const std::string& part) {
    const std::string faults = faults_of(text);
    BOOST_TEST_CONTEXT(text << "\n" << faults) {
        BOOST_TEST(faults.find("policy.yaml:" + place + ": error: ") != std::string::npos);
        BOOST_TEST(faults.find(part) != std::string::npos);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos);
    }
}

std::string hash_of(const std::string& text) {
    return compiled(text)->hash();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_tests)

BOOST_AUTO_TEST_CASE(a_policy_of_every_action_compiles_in_the_order_of_its_fields) {
    const auto policy = compiled(full_policy);
    BOOST_TEST(policy->stream() == "admissions");
    BOOST_TEST((policy->unlisted() == Unlisted::drop));
    BOOST_TEST(policy->file() == "policy.yaml");
    BOOST_TEST(policy->hash().size() == 64U);
    std::string rules;
    for (const CompiledRule& rule : policy->rules()) {
        rules += rule.field + ":" + (rule.action ? std::string(rule.action->name()) : "drop");
        for (const Field& output : rule.outputs) {
            rules += ">" + output.name;
        }
        rules += " ";
    }
    BOOST_TEST(rules ==
               "nhs_number:pseudonym>person_pseudonym local_id:pseudonym>local_id surname:drop sex:keep>sex "
               "specialty:keep>specialty ward:keep>ward admitted:date>admitted postcode:postcode>postcode_outward "
               "discharge_method:map>discharge_method diagnosis_1:truncate>diagnosis_1 dob:date>birth_year "
               "dob:date>birth_month ");
    BOOST_TEST(policy->rules().at(0).location.line == 6U);
    BOOST_TEST(policy->rules().at(0).location.column == 3U);
}

BOOST_AUTO_TEST_CASE(the_origin_of_each_pseudonym_is_known) {
    const auto policy = compiled(full_policy);
    BOOST_REQUIRE_EQUAL(policy->pseudonyms().size(), 2U);
    const PseudonymColumn& first = policy->pseudonyms()[0];
    BOOST_TEST(first.column == "person_pseudonym");
    BOOST_TEST(first.type == "nhs_number");
    BOOST_TEST(first.key_id == "region-2026");
    BOOST_TEST(first.epoch == 1U);
    BOOST_TEST(first.domain == "planning");
    BOOST_TEST(first.algorithm == "tributary-pseudonym-v1");
    BOOST_TEST(policy->pseudonyms()[1].column == "local_id");
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_named_with_the_nearest_one) {
    check_fault("{action: psuedonym}", "4:15", "unknown action 'psuedonym'; did you mean 'pseudonym'?");
    check_fault("kep", "4:6", "did you mean 'keep'?");
    check_fault("scramble", "4:6",
                "There are age, clk, date, date_shift, drop, encrypt, keep, map, number, openpseudonymiser, postcode, "
                "pseudonym, scrub, truncate");
    check_fault("{precision: day}", "4:6", "'action'");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_named_with_the_nearest_one) {
    check_fault("{action: date, precison: day}", "4:21", "did you mean 'precision'?");
    check_fault("{action: keep, alow: [M]}", "4:21", "did you mean 'allow'?");
    check_fault("{action: drop, as: x}", "4:21", "'as'");
    check_fault("{action: keep, allow: {patern: x}}", "4:29", "did you mean 'pattern'?");
}

BOOST_AUTO_TEST_CASE(a_missing_option_is_named) {
    check_fault("date", "4:6", "'precision' is missing");
    check_fault("{action: postcode}", "4:6", "'precision' is missing");
    check_fault("truncate", "4:6", "'length' is missing");
    check_fault("map", "4:6", "'values' is missing");
    for (const auto* const option : {"type", "key", "domain"}) {
        check_fault("pseudonym", "4:6", std::string("'") + option + "' is missing");
    }
    check_fault("{action: keep, allow: {}}", "4:28", "'pattern' is missing");
}

BOOST_AUTO_TEST_CASE(an_option_that_cannot_be_used_is_named) {
    check_fault("{action: date, precision: dya}", "4:32", "did you mean 'day'?");
    check_fault("{action: postcode, precision: inward}", "4:36", "'outward', 'sector'");
    check_fault("{action: pseudonym, type: nhs_numbr, key: region-2026, domain: d}", "4:32",
                "did you mean 'nhs_number'?");
    check_fault("{action: pseudonym, type: text, key: region-2026, domain: \"a b\"}", "4:64", "'domain' must be");
    check_fault("{action: truncate, length: 0}", "4:33", "from 1 to");
    check_fault("{action: truncate, length: three}", "4:33", "whole number");
    check_fault("{action: map, values: {}}", "4:28", "'values' must be a table");
    check_fault("{action: map, values: {a: [b]}}", "4:32", "single value");
    check_fault("{action: map, values: {a: b}, else: nil}", "4:42", "'null', 'keep', 'other'");
    check_fault("{action: keep, allow: []}", "4:28", "no values");
    check_fault("{action: keep, allow: [[M]]}", "4:29", "single value");
    check_fault("{action: keep, allow: }", "4:28", "'allow'");
    check_fault("{action: keep, allow: {pattern: \"[0-9\"}}", "4:38", "not a regular expression");
    check_fault("{action: keep, allow: {pattern: \"a)|(b\"}}", "4:38", "not a regular expression");
}

BOOST_AUTO_TEST_CASE(a_missing_linkage_key_says_which_there_are_and_how_to_bring_one) {
    const std::string rule = "{action: pseudonym, type: nhs_number, key: region-2062, domain: planning}";
    check_fault(rule, "4:49", "there is no linkage key 'region-2062'; did you mean 'region-2026'?");
    check_fault(rule, "4:49", "(this site has 'linkage-2026', 'region-2026', 'shared')");
    check_fault(rule, "4:49", "`tributary key import");
    Diagnostics diagnostics;
    BOOST_TEST(
        (compile_policy(parse_yaml(policy_of(rule), "p"), LinkageKeys{}, system_files(), diagnostics) == nullptr));
    BOOST_TEST(diagnostics.all().at(0).message.find("no linkage key yet") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rule_is_a_word_or_a_mapping) {
    check_fault("", "4:3", "a rule is an action");
    check_fault("[]", "4:6", "no rule");
    check_fault("[[keep]]", "4:7", "a rule is an action");
    check_fault("[drop, keep]", "4:7", "drop stands alone");
}

BOOST_AUTO_TEST_CASE(outputs_of_one_name_are_refused_whatever_their_case) {
    const std::string head = "policy: 1\nstream: s\nfields:\n";
    check_document_fault(head + "  a: keep\n  b: {action: keep, as: A}\n", "5:25", "taken already at policy.yaml:4:6");
    check_document_fault(head + "  \xc3\x89t\xc3\xa9: keep\n  b: {action: keep, as: \xc3\xa9t\xc3\x89}\n", "5:25",
                         "taken already");
    check_document_fault(head + "  dob:\n  - {action: date, precision: year}\n  - {action: date, precision: day}\n",
                         "6:5", "taken already");
    check_document_fault(head + "  a: {action: keep, as: \"x\\ny\"}\n", "4:25", "'x\\u000ay' cannot be a column's");
    check_document_fault(head + "  a: {action: keep, as: " + std::string(129, 'x') + "}\n", "4:25", "1 to 128");
    // A dropped field has no output, so that its name is free.
    BOOST_TEST((compiled(head + "  a: drop\n  b: {action: keep, as: A}\n") != nullptr));
}

BOOST_AUTO_TEST_CASE(the_head_is_checked) {
    const std::string fields = "fields: {f: keep}\n";
    check_document_fault("stream: s\n" + fields, "1:1", "'policy' is missing");
    check_document_fault("policy: 2\nstream: s\n" + fields, "1:9", "write policy: 1");
    check_document_fault("policy: 1\n" + fields, "1:1", "'stream' is missing");
    for (const auto* const stream : {"Admissions", "1st", "a-b", "a b", "_a", "a/../b"}) {
        check_document_fault("policy: 1\nstream: " + std::string(stream) + "\n" + fields, "2:9", "small letter");
    }
    check_document_fault("policy: 1\nstream: " + std::string(64, 'a') + "\n" + fields, "2:9", "63");
    check_document_fault("policy: 1\nstream: s\nunlisted: rejct\n" + fields, "3:11", "did you mean 'reject'?");
    check_document_fault("policy: 1\nstream: s\nfeilds: {}\n" + fields, "3:1", "did you mean 'fields'?");
    check_document_fault("policy: 1\nstream: s\n", "1:1", "'fields' is missing");
    check_document_fault("policy: 1\nstream: s\nfields: {}\n", "3:9", "lets nothing leave");
    check_document_fault("policy: 1\nstream: s\nfields:\n", "4:1", "lets nothing leave");
    check_document_fault("policy: 1\nstream: s\nfields: [a]\n", "3:9", "mapping");
    check_document_fault("policy: 1\nstream: s\nfields: {a: drop, b: drop}\n", "3:9", "every field is dropped");
    check_document_fault("- policy\n", "1:1", "mapping");
    BOOST_TEST(faults_of("").find("the policy is empty") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(date_formats_are_checked_where_they_stand) {
    const auto with = [](const std::string& formats) { return policy_of("keep", "date_formats: " + formats + "\n"); };
    check_document_fault(with("[yyyy-MM-dd, dd/MM/yy]"), "3:28", "two digits");
    check_document_fault(with("[dd/MM/yyyy, MM/dd/yyyy]"), "3:28", "the other way round");
    check_document_fault(with("[]"), "3:15", "list of patterns");
    check_document_fault(with("dd/MM/yyyy"), "3:15", "list of patterns");
    check_document_fault(with("[[a]]"), "3:16", "must be text");
    check_document_fault(with("[yyyy-MM-ddTHH:mm]"), "3:16", "single quotes");
}

BOOST_AUTO_TEST_CASE(a_field_named_twice_is_an_error) {
    // The YAML reader refuses duplicate keys; a document that came another way is checked too.
    YamlNode document = parse_yaml(policy_of("keep"), "policy.yaml");
    for (auto& [key, value] : document.entries) {
        if (key.scalar == "fields") {
            value.entries.push_back(value.entries.front());
        }
    }
    Diagnostics diagnostics;
    BOOST_TEST((compile_policy(document, known_keys(), system_files(), diagnostics) == nullptr));
    BOOST_TEST(diagnostics.all().at(0).message.find("named twice") != std::string::npos);
    BOOST_CHECK_THROW(compiled("policy: 1\nstream: s\nfields:\n  f: keep\n  f: drop\n"), ConfigurationError);
}

BOOST_AUTO_TEST_CASE(all_faults_are_reported_at_once) {
    const std::string faults = faults_of(
        "policy: 1\nstream: S\nfields:\n  a: kep\n  b: date\n  c: {action: truncate, length: 0}\n  d: keep\n");
    BOOST_TEST(std::count(faults.begin(), faults.end(), '\n') == 4);
}

BOOST_AUTO_TEST_CASE(the_hash_is_of_what_the_policy_says_and_not_of_how) {
    const std::string base =
        "policy: 1\nstream: s\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 2}}\n  c: drop\n";
    const std::string same[] = {
        "# a comment\nstream: s\npolicy: 1\nunlisted: drop\nfields:\n  a: keep\n  b: {values: {y: 2, x: 1}, action: "
        "map}\n  c: drop\n",
        "policy: 1\nstream: \"s\"\nfields:\n  a: {action: keep, as: a}\n  b:\n    action: map\n    else: null\n    "
        "values:\n      x: 1\n"
        "      y: 2\n  c: {action: drop}\n",
        "policy: 1\nstream: s\nfields:\n  a: [keep]\n  b: [{action: map, values: {x: 1, y: 2}, as: b}]\n  c: [drop]\n"};
    for (const std::string& text : same) {
        BOOST_TEST(hash_of(text) == hash_of(base), text);
    }
    const std::string other[] = {
        "policy: 1\nstream: t\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 2}}\n  c: drop\n",
        "policy: 1\nstream: s\nunlisted: reject\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 2}}\n  c: "
        "drop\n",
        "policy: 1\nstream: s\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 3}}\n  c: drop\n",
        "policy: 1\nstream: s\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 2}, else: keep}\n  c: drop\n",
        "policy: 1\nstream: s\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: 2}}\n  c: keep\n",
        "policy: 1\nstream: s\nfields:\n  b: {action: map, values: {x: 1, y: 2}}\n  a: keep\n  c: drop\n",
        "policy: 1\nstream: s\nfields:\n  a: {action: keep, as: d}\n  b: {action: map, values: {x: 1, y: 2}}\n  c: "
        "drop\n",
        "policy: 1\nstream: s\ndate_formats: [yyyyMMdd]\nfields:\n  a: keep\n  b: {action: map, values: {x: 1, y: "
        "2}}\n  c: drop\n"};
    for (const std::string& text : other) {
        BOOST_TEST(hash_of(text) != hash_of(base), text);
    }
}

BOOST_AUTO_TEST_CASE(the_hash_knows_the_keys_id_but_not_the_key) {
    const auto policy_with = [](const std::string& id, std::uint8_t first_byte) {
        std::array<std::uint8_t, LinkageKey::size> bytes{};
        bytes[0] = first_byte;
        LinkageKeys keys;
        keys.add(LinkageKey(id, 1, bytes));
        Diagnostics diagnostics;
        const auto text = policy_of("{action: pseudonym, type: text, key: " + id + ", domain: d}");
        return compile_policy(parse_yaml(text, "p"), keys, system_files(), diagnostics)->hash();
    };
    BOOST_TEST(policy_with("a", 1) == policy_with("a", 2));
    BOOST_TEST(policy_with("a", 1) != policy_with("b", 1));
}

BOOST_AUTO_TEST_CASE(more_fields_than_a_manifest_can_describe_are_refused) {
    std::string text = "policy: 1\nstream: wide\nfields:\n";
    for (int i = 0; i < 700; ++i) {
        text += "  field_" + std::to_string(i) + ": keep\n";
    }
    BOOST_TEST(compiled(text) != nullptr);
    for (int i = 0; i < 700; ++i) {
        text += "  another_field_" + std::to_string(i) + ": keep\n";
    }
    check_document_fault(text, "4:3", "bytes in each chunk's manifest");
}

BOOST_AUTO_TEST_SUITE_END()
