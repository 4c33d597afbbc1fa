// The JSON Schemas in config/ are for editors; the agent reads with its own code. Here both judge the same documents.

#include <boost/test/unit_test.hpp>

#include "agent/config/configuration.h"
#include "agent/config/json_schema.h"
#include "agent/platform/file.h"
#include "tests/unit/config/faults.h"
#include "tests/unit/config/tributary_yaml.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::filesystem::path config_folder = TRIBUTARY_CONFIG_FOLDER;

std::string read(const char* name) {
    return read_file(system_files(), config_folder / name, 1U << 20U);
}

std::string schema_faults(const std::string& schema, const YamlNode& document) {
    Diagnostics diagnostics;
    check_against_schema(document, schema, "document", diagnostics);
    return text_of(diagnostics);
}

std::string loader_faults(const YamlNode& document) {
    Diagnostics diagnostics;
    read_configuration(document, std::filesystem::absolute("tributary.yaml"), {}, diagnostics);
    return text_of(diagnostics);
}

/// A change to the full configuration.
struct Change {
    const char* from;
    const char* to;
};

YamlNode document_with(const Change& change) {
    return parse_yaml(changed(full_configuration(), change.from, change.to), "tributary.yaml");
}

const Change good[] = {
    {"site: RVW", "site: '8E432'"},
    {"time_zone: Europe/London\n", ""},
    {"Europe/London", "UTC"},
    {"workers: 4", "workers: 64"},
    {"{data: queue, plugins: /opt/tributary/plugins, keys: keys}", "~"},
    {"{data: queue, plugins: /opt/tributary/plugins, keys: keys}", "{}"},
    {"data: queue", "data: 'C:\\queue'"},
    {"data: queue", "data: a~b"},
    {":8443", ""},
    {":8443", ":8443/"},
    {"repository.example", "r"},
    {"repository.example", "10.0.0.1"},
    {"repository.example", "[fd00::1]"},
    {"  connect_timeout: 5s\n", ""},
    {"connect_timeout: 5s", "connect_timeout: 1h"},
    {"{every: 5m}", "{watch: 1s}"},
    {"{every: 5m}", "{at: 00:00}"},
    {"{every: 5m}", "{at: [\"23:59\"]}"},
    {"{every: 5m}", "{cron: '*/15 8-18 1,15 jan-mar mon-fri'}"},
    {"[\"20:00-06:00\"]", "20:00-06:00"},
    {"[\"20:00-06:00\"]", "[\"20:00-24:00\", \"00:00-06:00\"]"},
    {"[\"20:00-06:00\"]", "[]"},
    {"to: file", "to: terminal"},
    {"to: file", "to: none"},
    {"format: json", "format: text"},
    {"level: debug", "level: warning"},
    {"20 MiB", "64KiB"},
    {"connections: 2", "connections: 16"},
    {"20 Mbit/s", "100 kbit/s"},
    {"20 Mbit/s", "99Gbit/s"},
    {"http://proxy.example:3128", "http://[fd00::1]:8080"},
    {"connect_timeout: 5s", "enrolment: https://repository.example:8444"},
    {", user: rvw, password: \"file:secrets/proxy\"", ""},
    {"file:secrets/proxy", "env:PROXY"},
    {"[.nhs.uk, localhost]", "\"*\""},
    {"[.nhs.uk, localhost]", "[\"*\", 10.0.0.1, \"[fd00::1]\"]"},
    {"50 GiB", "64 MiB"},
    {"50 GiB", "64 TiB"},
    {"2 GiB", "1024 GiB"},
    {"2 GiB", "1MiB"},
    {"16 MiB", "1 GiB"},
    {"queue: {quota: 50 GiB, keep_free: 2 GiB, reserve: 16 MiB, open_chunk_age: 90s}", "queue: ~"},
    {"queue: {quota: 50 GiB, keep_free: 2 GiB, reserve: 16 MiB, open_chunk_age: 90s}", ""},
    {"20 MiB", "1 GiB"},
    {"keep: 3", "keep: 1000"},
    {"    schedule: {cron: \"30 1 * * mon-fri\"}\n", ""},
    {"options: {folder: incoming, settle: 5s}", "options: ~"},
    {"options: {folder: incoming, settle: 5s}", "options: {anything: [1, {a: b}]}"},
    {"hospital", "h2_o"},
    {"require_approval: true\n", ""},
    {"require_approval: true", "require_approval: false"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "certificates/caldicott.pem"},
};

const Change bad[] = {
    {"connections: 2", "connections: 17"},
    {"connections: 2", "connections: 0"},
    {"20 Mbit/s", "99 kbit/s"},
    {"20 Mbit/s", "100 Gbit/s"},
    {"20 Mbit/s", "20 MB/s"},
    {"20 Mbit/s", "20"},
    {"20 Mbit/s", "020 Mbit/s"},
    {"http://proxy.example:3128", "https://proxy.example:3128"},
    {"connect_timeout: 5s", "enrolment: http://repository.example:8444"},
    {"connect_timeout: 5s", "enrolment: https://repository.example/est"},
    {"connect_timeout: 5s", "enrolment: [a]"},
    {"http://proxy.example:3128", "http://proxy.example"},
    {"http://proxy.example:3128", "http://proxy.example:3128/"},
    {"http://proxy.example:3128", "http://rvw:pass@proxy.example:3128"},
    {"url: \"http://proxy.example:3128\", ", ""},
    {"user: rvw", "user: \"r:vw\""},
    {"file:secrets/proxy", "hunter2"},
    {"no_proxy", "noproxy"},
    {".nhs.uk", "http://nhs.uk"},
    {".nhs.uk", "..nhs.uk"},
    {"50 GiB", "9 MiB"},
    {"50 GiB", "65 TiB"},
    {"50 GiB", "50 GB"},
    {"50 GiB", "50"},
    {"2 GiB", "100 KiB"},
    {"2 GiB", "2 TiB"},
    {"16 MiB", "0 MiB"},
    {"16 MiB", "2 GiB"},
    {"keep_free", "keepfree"},
    {"tributary: 1", "tributary: 2"},
    {"tributary: 1", "tributary: '1'"},
    {"tributary: 1\n", ""},
    {"site: RVW\n", ""},
    {"site: RVW", "site: rvw"},
    {"site: RVW", "site: R"},
    {"site: RVW", "site: ABCDEFGHIJKLM"},
    {"site: RVW", "site: 8E432"},
    {"site: RVW", "site: 12345"},
    {"site: RVW", "site: ~"},
    {"site: RVW", "site: [RVW]"},
    {"site: RVW", "sight: RVW"},
    {"Europe/London", "Europe/Paris"},
    {"Europe/London", "~"},
    {"workers: 4", "workers: 0"},
    {"workers: 4", "workers: 65"},
    {"workers: 4", "workers: 1.5"},
    {"workers: 4", "workers: '4'"},
    {"workers: 4", "workers: many"},
    {"{data: queue, plugins: /opt/tributary/plugins, keys: keys}", "[]"},
    {"data: queue", "date: queue"},
    {"data: queue", "data: ''"},
    {"data: queue", "data: 7"},
    {"data: queue", "data: ~/queue"},
    {"data: queue", "data: \"a\\nb\""},
    {"data: queue", "data: \"a\\u202Eb\""},
    {"data: queue", "data: {a: b}"},
    {"  url: https://repository.example:8443\n", ""},
    {"https:", "http:"},
    {"https:", "HTTPS:"},
    {"repository.example:8443", ""},
    {"repository.example", ""},
    {"repository.example", "rvw:secret@repository.example"},
    {"repository.example", "a..b"},
    {"repository.example", "-a"},
    {"repository.example", "a-"},
    {"repository.example", "a_b"},
    {":8443", ":0"},
    {":8443", ":65536"},
    {":8443", ":08443"},
    {":8443", ":8443/v1"},
    {":8443", "?a=b"},
    {"  signing_certificate: certificates/signing.pem\n", ""},
    {"certificates/signing.pem", "~"},
    {"connect_timeout: 5s", "connect_timeout: 5"},
    {"connect_timeout: 5s", "connect_timeout: 5 s"},
    {"connect_timeout: 5s", "connect_timeout: -5s"},
    {"{every: 5m}", "{}"},
    {"{every: 5m}", "~"},
    {"{every: 5m}", "watch"},
    {"{every: 5m}", "{every: 5m, watch: 5s}"},
    {"{every: 5m}", "{every: 5 minutes}"},
    {"{every: 5m}", "{every: [5m]}"},
    {"{every: 5m}", "{evry: 5m}"},
    {"{every: 5m}", "{at: 2:00}"},
    {"{every: 5m}", "{at: '24:00'}"},
    {"{every: 5m}", "{at: []}"},
    {"{every: 5m}", "{at: [\"02:00\", \"02:00\"]}"},
    {"{every: 5m}", "{cron: '* * * *'}"},
    {"{every: 5m}", "{cron: '@daily'}"},
    {"{every: 5m}", "{cron: 5}"},
    {"[\"20:00-06:00\"]", "[\"20:00\"]"},
    {"[\"20:00-06:00\"]", "[\"20:00-20:00\"]"},
    {"[\"20:00-06:00\"]", "[\"24:00-06:00\"]"},
    {"[\"20:00-06:00\"]", "[\"20:00-06:00\", \"20:00-06:00\"]"},
    {"[\"20:00-06:00\"]", "{a: b}"},
    {"[\"20:00-06:00\"]", "~"},
    {"to: file", "to: syslog"},
    {"format: json", "format: xml"},
    {"level: debug", "level: trace"},
    {"20 MiB", "10"},
    {"20 MiB", "10 MB"},
    {"20 MiB", "2 GiB"},
    {"keep: 3", "keep: 0"},
    {"keep: 3", "kept: 3"},
    {"    plugin: csv\n    schedule: {at", "    schedule: {at"},
    {"plugin: csv", "plugin: ../csv"},
    {"plugin: csv", "plugin: CSV"},
    {"options: {folder: incoming, settle: 5s}", "options: [a]"},
    {"options: {folder: incoming, settle: 5s}", "options: text"},
    {"options: {folder: incoming, settle: 5s}", "option: {}"},
    {"  hospital", "  Hospital"},
    {"contacts: {policy", "con-tacts: {policy"},
    {"contacts: {policy: policies/contacts.yaml}", "contacts: ~"},
    {"contacts: {policy: policies/contacts.yaml}", "contacts: {}"},
    {"format: csv", "format: parquet"},
    {"require_approval: true", "require_approval: 'true'"},
    {"require_approval: true", "require_approval: maybe"},
    {"require_approval: true", "require_aproval: true"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "~"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "{a: b}"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "[certificates/caldicott.pem, '']"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "[certificates/caldicott.pem, [a]]"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "[certificates/a.pem, certificates/a.pem]"},
    {"[certificates/caldicott.pem, certificates/governance.pem]", "[1]"},
};

/// What JSON Schema cannot say, or only at the cost of nobody reading it: the schema takes it, the loader does not.
const Change only_the_loader_refuses[] = {
    {"contacts: {", "admissions: {"},                // once in the whole file
    {"connect_timeout: 5s", "connect_timeout: 0s"},  // limits of a length of time
    {"connect_timeout: 5s", "connect_timeout: 2h"},
    {"{every: 5m}", "{every: 0s}"},
    {"{every: 5m}", "{every: 367d}"},
    {"{every: 5m}", "{watch: 2d}"},
    {"{every: 5m}", "{cron: '61 * * * *'}"},  // limits of cron fields
    {"20 MiB", "1 KiB"},                      // limits of a size
    {"20 MiB", "1025 MiB"},
    {"folder: incoming", "password: hunter2"},                                       // a secret
    {"approvers: [certificates/caldicott.pem, certificates/governance.pem]\n", ""},  // one key asks for another
    {"[certificates/caldicott.pem, certificates/governance.pem]", "[]"},
    {"certificates/site.key", "'-----BEGIN PRIVATE KEY-----'"},
};

/// JSON counts 1.0 as an integer; we do not take it for one, and no editor suggests it.
const Change only_the_loader_refuses_by_its_form[] = {{"workers: 4", "workers: 4.0"}, {"workers: 4", "workers: 0x4"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(agreement_tests)

BOOST_AUTO_TEST_CASE(schema_and_loader_accept_the_same) {
    const auto schema = read("tributary.schema.json");
    const auto full = parse_yaml(full_configuration(), "tributary.yaml");
    BOOST_TEST(schema_faults(schema, full) == "");
    BOOST_TEST(loader_faults(full) == "");
    for (const auto& change : good) {
        const auto document = document_with(change);
        BOOST_TEST(schema_faults(schema, document) == "", change.to);
        BOOST_TEST(loader_faults(document) == "", change.to);
    }
}

BOOST_AUTO_TEST_CASE(schema_and_loader_refuse_the_same) {
    const auto schema = read("tributary.schema.json");
    for (const auto& change : bad) {
        const auto document = document_with(change);
        BOOST_TEST(schema_faults(schema, document) != "", change.from << " -> " << change.to);
        BOOST_TEST(loader_faults(document) != "", change.from << " -> " << change.to);
    }
    for (const auto* text : {"", "[]", "text", "{}", "tributary: 1\n"}) {
        const auto document = parse_yaml(text, "tributary.yaml");
        BOOST_TEST(schema_faults(schema, document) != "", text);
        BOOST_TEST(loader_faults(document) != "", text);
    }
}

BOOST_AUTO_TEST_CASE(the_loader_alone_refuses_what_the_schema_cannot_say) {
    const auto schema = read("tributary.schema.json");
    const auto check = [&](const Change& change) {
        const auto document = document_with(change);
        BOOST_TEST(schema_faults(schema, document) == "", change.to);
        BOOST_TEST(loader_faults(document) != "", change.to);
    };
    for (const auto& change : only_the_loader_refuses) {
        check(change);
    }
    for (const auto& change : only_the_loader_refuses_by_its_form) {
        check(change);
    }
}

BOOST_AUTO_TEST_CASE(the_example_configuration_is_right) {
    const auto document = parse_yaml_file((config_folder / "tributary.yaml").string());
    BOOST_TEST(schema_faults(read("tributary.schema.json"), document) == "");
    Diagnostics diagnostics;
    const auto configuration = load_configuration(config_folder / "tributary.yaml", {}, diagnostics);
    BOOST_TEST(text_of(diagnostics) == "");
    BOOST_TEST(configuration.site == "RVW");
    BOOST_REQUIRE(configuration.sources.size() == 1U);
    BOOST_TEST(std::filesystem::exists(configuration.sources[0].streams.at(0).policy));
}

BOOST_AUTO_TEST_CASE(the_example_policy_is_right) {
    const auto document = parse_yaml_file((config_folder / "policies" / "admissions.yaml").string());
    BOOST_TEST(schema_faults(read("policy.schema.json"), document) == "");
}

BOOST_AUTO_TEST_CASE(the_policy_schema_knows_every_action_and_its_options) {
    const auto schema = read("policy.schema.json");
    const auto faults = [&](const std::string& rule) {
        return schema_faults(schema, parse_yaml("policy: 1\nstream: a\nfields:\n  f: " + rule + "\n", "p.yaml"));
    };
    for (const auto* rule :
         {"keep", "drop", "{action: drop}", "{action: keep, as: g}", "{action: keep, allow: [M, 1]}",
          "{action: keep, allow: {pattern: '[0-9]{3}'}}",
          "{action: pseudonym, type: uprn, key: region-2026, domain: planning}", "{action: date, precision: week}",
          "{action: postcode, precision: sector}", "{action: map, values: {'1': home}, else: null}",
          "{action: map, values: {1: 2}, else: 'null'}", "{action: truncate, length: 3}",
          "[keep, {action: date, precision: year, as: birth_year}]"}) {
        BOOST_TEST(faults(rule) == "", rule);
    }
    const std::pair<const char*, const char*> wrong[] = {
        {"~", "'fields.f' must be"},
        {"[]", "at least 1 items"},
        {"kep", "did you mean 'keep'?"},
        {"pseudonym", "must be keep or drop"},
        {"{action: pseudonim}", "did you mean 'pseudonym'?"},
        {"{as: g}", "the key 'fields.f.action' is missing"},
        {"{action: pseudonym, type: uprn, key: region-2026}", "the key 'fields.f.domain' is missing"},
        {"{action: pseudonym, type: nhsnumber, key: k, domain: d}", "did you mean 'nhs_number'?"},
        {"{action: pseudonym, type: uprn, key: k, domain: [a, b]}", "'fields.f.domain' must be text"},
        {"{action: date, precision: second}", "year, quarter, month, week, day or hour"},
        {"{action: postcode, precison: outward}", "did you mean 'precision'?"},
        {"{action: map, values: {}}", "at least 1 keys"},
        {"{action: map, values: {a: [b]}}", "'fields.f.values.a' must be"},
        {"{action: map, values: {a: b}, else: drop}", "must be"},
        {"{action: truncate, length: '3'}", "without quotes"},
        {"{action: truncate, length: 0}", "at least 1"},
        {"{action: drop, as: g}", "unknown key 'fields.f.as'"},
        {"{action: keep, allow: {patern: a}}", "did you mean 'pattern'?"},
        {"[keep, {action: date}]", "precision"}};
    for (const auto& [rule, part] : wrong) {
        BOOST_TEST(contains(faults(rule), part), rule << ": " << faults(rule));
    }
    const std::pair<const char*, const char*> documents[] = {
        {"", "must be a mapping"},
        {"policy: 2\nstream: a\nfields: {f: keep}\n", "must be 1"},
        {"policy: 1\nstream: A b\nfields: {f: keep}\n", "does not have its form"},
        {"policy: 1\nstream: a\nfields: {}\n", "at least 1 keys"},
        {"policy: 1\nstream: a\nunlisted: keep\nfields: {f: keep}\n", "drop or reject"},
        {"policy: 1\nstream: a\ndate_formats: [dd]\nfields: {f: keep}\n", "does not have its form"}};
    for (const auto& [text, part] : documents) {
        const auto found = schema_faults(schema, parse_yaml(text, "p.yaml"));
        BOOST_TEST(contains(found, part), text << ": " << found);
    }
}

BOOST_AUTO_TEST_SUITE_END()
