// config/policy.schema.json is for editors; the agent reads policies with its own code. Here both judge the same ones.

#include <boost/test/unit_test.hpp>

#include "agent/config/json_schema.h"
#include "agent/platform/file.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// A field besides, since a policy that drops all is refused for that.
std::string beside_another(const std::string& rule) {
    return policy_of(rule) + "  other: keep\n";
}

bool schema_takes(const std::string& text) {
    static const std::string schema =
        read_file(system_files(), std::filesystem::path(TRIBUTARY_CONFIG_FOLDER) / "policy.schema.json", 1U << 20U);
    Diagnostics diagnostics;
    check_against_schema(parse_yaml(text, "policy.yaml"), schema, "policy", diagnostics);
    return diagnostics.all().empty();
}

bool agent_takes(const std::string& text) {
    return faults_of(text).starts_with("IT COMPILED\n");
}

const char* const good_rules[] = {
    "{action: scrub, known: {f: name, g: date}, accept_residual_risk: true}",
    "keep",
    "drop",
    "{action: keep}",
    "{action: keep, as: g}",
    "{action: keep, allow: M}",
    "{action: keep, allow: [M, F, 1, true]}",
    "{action: keep, allow: {pattern: '[A-Z][0-9]{2}'}}",
    "{action: drop}",
    "{action: pseudonym, type: nhs_number, key: region-2026, domain: planning}",
    "{action: pseudonym, type: identifier, key: region-2026, domain: planning, as: person}",
    "{action: pseudonym, type: uprn, key: region-2026, domain: a.b_c-1}",
    "{action: pseudonym, type: text, key: region-2026, domain: planning}",
    "{action: date, precision: year}",
    "{action: date, precision: hour, as: h}",
    "{action: postcode, precision: outward}",
    "{action: postcode, precision: sector}",
    "{action: map, values: {a: b}}",
    "{action: map, values: {1: 2, a: true}, else: 'null'}",
    "{action: map, values: {a: b}, else: null}",
    "{action: map, values: {a: b}, else: keep}",
    "{action: map, values: {a: b}, else: other, as: g}",
    "{action: truncate, length: 1}",
    "{action: truncate, length: 65535}",
    "[keep, {action: date, precision: year, as: y}]",
    "{action: pseudonym, type: nhs_number, key: [region-2026], domain: planning}",
    "{action: encrypt, key: region-2026, domain: planning, as: e}",
    "{action: date_shift, patient: f, type: identifier, key: region-2026, domain: planning}",
    "{action: date_shift, patient: f, type: nhs_number, key: region-2026, domain: d, window: 14, keep_weekday: true}",
    "{action: age}",
    "{action: age, at: other, band: 5, top: 90, as: a}",
    "{action: number, round: 10}",
    "{action: number, bin: 0.5, bottom: -1, top: 3.5}",
    "{action: number, top: 7}",
};

const char* const bad_rules[] = {
    "{action: scrub, known: {f: name}}",
    "{action: scrub, known: {f: name}, accept_residual_risk: false}",
    "{action: scrub, known: {f: person}, accept_residual_risk: true}",
    "{action: scrub, known: {}, accept_residual_risk: true}",
    "kep",
    "pseudonym",
    "[]",
    "~",
    "7",
    "{}",
    "{action: ~}",
    "{action: keep, allow: []}",
    "{action: keep, allow: [[a]]}",
    "{action: keep, allow: {pattern: ''}}",
    "{action: keep, allow: {}}",
    "{action: keep, allow: {pattern: a, other: b}}",
    "{action: keep, as: ''}",
    "{action: keep, as: [a]}",
    "{action: keep, length: 3}",
    "{action: drop, as: g}",
    "{action: pseudonym, key: region-2026, domain: planning}",
    "{action: pseudonym, type: nhs_number, domain: planning}",
    "{action: pseudonym, type: nhs_number, key: region-2026}",
    "{action: pseudonym, type: nhs, key: region-2026, domain: planning}",
    "{action: pseudonym, type: nhs_number, key: '', domain: planning}",
    "{action: pseudonym, type: nhs_number, key: region-2026, domain: 'a b'}",
    "{action: pseudonym, type: nhs_number, key: region-2026, domain: ''}",
    "{action: date}",
    "{action: date, precision: second}",
    "{action: date, precision: [year]}",
    "{action: date, precision: year, format: yyyy}",
    "{action: postcode}",
    "{action: postcode, precision: unit}",
    "{action: map}",
    "{action: map, values: {}}",
    "{action: map, values: [a]}",
    "{action: map, values: {a: [b]}}",
    "{action: map, values: {a: b}, else: drop}",
    "{action: pseudonym, type: nhs_number, key: [], domain: planning}",
    "{action: pseudonym, type: nhs_number, key: [region-2026, region-2026], domain: planning}",
    "{action: encrypt, domain: planning}",
    "{action: encrypt, key: [region-2026], domain: planning}",
    "{action: date_shift, type: identifier, key: region-2026, domain: planning}",
    "{action: date_shift, patient: f, type: identifier, key: region-2026, domain: planning, window: 0}",
    "{action: date_shift, patient: f, type: identifier, key: region-2026, domain: planning, keep_weekday: 1}",
    "{action: age, at: ''}",
    "{action: age, band: 0}",
    "{action: age, top: 131}",
    "{action: number}",
    "{action: number, round: 0}",
    "{action: number, round: 5, bin: 5}",
    "{action: number, top: high}",
    "{action: postcode, precision: lookup}",
    "{action: postcode, precision: outward, table: t}",
    "{action: openpseudonymiser, inputs: {N: f}, accept_weak: true}",
    "{action: clk, key: region-2026}",
    "{action: clk, schema: a.json}",
    "{action: clk, schema: a.json, key: region-2026, features: {}}",
    "{action: openpseudonymiser, inputs: {N: f}, salt: hello, accept_weak: true}",
    "{action: truncate}",
    "{action: truncate, length: 0}",
    "{action: truncate, length: -1}",
    "{action: truncate, length: 65536}",
    "{action: truncate, length: '3'}",
    "{action: truncate, length: 1.5}",
};

const char* const good_heads[] = {
    "",
    "unlisted: drop\n",
    "unlisted: reject\n",
    "date_formats: [dd/MM/yyyy]\n",
    "date_formats: [dd/MM/yyyy, yyyy-MM-dd]\n",
    "date_formats: [\"yyyy-MM-dd'T'HH:mm:ss\"]\n",
    "guard: {allow: f}\n",
    "disclosure: {quasi_identifiers: [f]}\n",
    "disclosure: {quasi_identifiers: f, k: 5}\n",
    "disclosure: {quasi_identifiers: f, k: 5, below_k: suppress}\n",
    "opt_out: {field: f, lists: a.txt, max_age: 7d}\n",
    "opt_out: {field: f, lists: [a.txt, b.txt], max_age: 36h, empty_lists: true}\n",
    "guard: {allow: [f]}\n",
};

const char* const bad_heads[] = {
    "unlisted: keep\n",
    "unlisted: ~\n",
    "unlist: drop\n",
    "date_formats: []\n",
    "date_formats: [dd/MM]\n",
    "date_formats: {a: b}\n",
    "date_formats: dd/MM/yyyy\n",
    "date_formats: [7]\n",
    "guard: off\n",
    "disclosure: {k: 5}\n",
    "disclosure: {quasi_identifiers: f, below_k: drop}\n",
    "disclosure: {quasi_identifiers: []}\n",
    "disclosure: {quasi_identifiers: [f], k: 1}\n",
    "opt_out: {field: f, lists: a.txt}\n",
    "opt_out: {field: f, lists: [], max_age: 7d}\n",
    "opt_out: {field: f, lists: a, max_age: 0d}\n",
    "opt_out: {lists: a, max_age: 7d}\n",
    "opt_out: a.txt\n",
    "guard: {}\n",
    "guard: {allow: []}\n",
    "guard: {deny: [f]}\n",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_schema_tests)

BOOST_AUTO_TEST_CASE(editors_and_the_agent_take_the_same_policies) {
    for (const auto* rule : good_rules) {
        BOOST_TEST(schema_takes(beside_another(rule)), rule);
        BOOST_TEST(agent_takes(beside_another(rule)), rule << ": " << faults_of(beside_another(rule)));
    }
    for (const auto* head : good_heads) {
        BOOST_TEST(schema_takes(policy_of("keep", head)), head);
        BOOST_TEST(agent_takes(policy_of("keep", head)), head << ": " << faults_of(policy_of("keep", head)));
    }
}

BOOST_AUTO_TEST_CASE(editors_and_the_agent_refuse_the_same_policies) {
    for (const auto* rule : bad_rules) {
        BOOST_TEST(!schema_takes(beside_another(rule)), rule);
        BOOST_TEST(!agent_takes(beside_another(rule)), rule);
    }
    for (const auto* head : bad_heads) {
        BOOST_TEST(!schema_takes(policy_of("keep", head)), head);
        BOOST_TEST(!agent_takes(policy_of("keep", head)), head);
    }
    for (const std::string text :
         {"", "[]", "policy: 1\nstream: a\n", "policy: 1\nfields: {f: keep}\n", "stream: a\nfields: {f: keep}\n",
          "policy: 2\nstream: a\nfields: {f: keep}\n", "policy: '1'\nstream: a\nfields: {f: keep}\n",
          "policy: 1\nstream: A\nfields: {f: keep}\n", "policy: 1\nstream: a\nfields: {}\n",
          "policy: 1\nstream: a\nfields: [f]\n", "policy: 1\nstream: a\nfields: {f: keep}\nmore: 1\n"}) {
        BOOST_TEST(!schema_takes(text), text);
        BOOST_TEST(!agent_takes(text), text);
    }
}

BOOST_AUTO_TEST_CASE(editors_and_the_agent_agree_on_linkage_sections) {
    const auto schema = (std::filesystem::path(TRIBUTARY_CONFIG_FOLDER) / "linkage" / "person.json").generic_string();
    const std::string clk = "{action: clk, schema: '" + schema +
                            "', key: region-2026, features: {first_name: forename, date_of_birth: dob}, as: clk}";
    const std::string fields = "fields: {surname: " + clk + "}";
    for (const std::string& linkage :
         {"linkage: {stream: encodings, " + fields + "}\n", "linkage: {stream: e, row_key: key, " + fields + "}\n"}) {
        BOOST_TEST(schema_takes(policy_of("keep", linkage)), linkage);
        BOOST_TEST(agent_takes(policy_of("keep", linkage)), linkage << faults_of(policy_of("keep", linkage)));
    }
    for (const std::string& linkage :
         {"linkage: {" + fields + "}\n", std::string("linkage: {stream: e}\n"), std::string("linkage: e\n"),
          std::string("linkage: {stream: e, fields: {}}\n"), "linkage: {stream: E, " + fields + "}\n",
          "linkage: {stream: e, row_key: '', " + fields + "}\n", "linkage: {stream: e, more: 1, " + fields + "}\n",
          std::string("linkage: {stream: e, fields: {surname: keep}}\n"),
          std::string("linkage: {stream: e, fields: {surname: {action: truncate, length: 1}}}\n")}) {
        BOOST_TEST(!schema_takes(policy_of("keep", linkage)), linkage);
        BOOST_TEST(!agent_takes(policy_of("keep", linkage)), linkage);
    }
}

BOOST_AUTO_TEST_CASE(every_example_is_taken_by_both) {
    const auto folder = std::filesystem::path(TRIBUTARY_CONFIG_FOLDER) / "policies";
    std::size_t examples = 0;
    for (const auto& name : system_files().list(folder)) {
        const auto text = read_file(system_files(), folder / name, 1U << 20U);
        BOOST_TEST(schema_takes(text), name);
        Diagnostics diagnostics;
        const auto policy =
            compile_policy(parse_yaml(text, (folder / name).string()), known_keys(), system_files(), diagnostics);
        BOOST_TEST((policy != nullptr), name);
        ++examples;
    }
    BOOST_TEST(examples >= 3U);
}

BOOST_AUTO_TEST_SUITE_END()
