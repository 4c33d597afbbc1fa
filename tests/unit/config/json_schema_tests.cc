#include "agent/config/json_schema.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"
#include "tests/unit/config/faults.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string faults(const std::string& schema, const std::string& yaml) {
    Diagnostics diagnostics;
    check_against_schema(parse_yaml(yaml, "a.yaml"), schema, "options", diagnostics);
    return text_of(diagnostics);
}

std::string json(const std::string& yaml) {
    return to_json(parse_yaml(yaml, "a.yaml"));
}

bool is_internal(const Error& error) {
    return error.code() == ErrorCode::internal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_schema_tests)

BOOST_AUTO_TEST_CASE(each_type_admits_its_own) {
    const std::pair<const char*, const char*> fitting[] = {
        {"null", "~"},     {"boolean", "true"}, {"integer", "12"},  {"integer", "1.0"}, {"number", "12"},
        {"number", "1.5"}, {"string", "abc"},   {"string", "'12'"}, {"array", "[]"},    {"object", "{}"}};
    for (const auto& [type, yaml] : fitting) {
        BOOST_TEST(faults(std::string(R"({"type": ")") + type + "\"}", yaml) == "", type << " " << yaml);
    }
    const std::pair<const char*, const char*> wrong[] = {{"null", "0"},      {"boolean", "'true'"}, {"integer", "1.5"},
                                                         {"integer", "'1'"}, {"number", "abc"},     {"string", "12"},
                                                         {"string", "true"}, {"array", "{}"},       {"object", "[]"}};
    for (const auto& [type, yaml] : wrong) {
        BOOST_TEST(contains(faults(std::string(R"({"type": ")") + type + "\"}", yaml), "a.yaml:1:1: error: options: "),
                   type << " " << yaml);
    }
    BOOST_TEST(faults(R"({"type": ["string", "null"]})", "~") == "");
}

BOOST_AUTO_TEST_CASE(a_number_where_text_belongs_is_told_to_be_quoted) {
    BOOST_TEST(
        faults(R"({"properties": {"code": {"type": "string"}}})", "code: 007\n") ==
        "a.yaml:1:7: error: options: 'code' must be text; put it in quotes, since YAML reads it as a whole number\n");
    BOOST_TEST(faults(R"({"properties": {"port": {"type": "integer"}}})", "port: '1'\n") ==
               "a.yaml:1:7: error: options: 'port' must be a whole number, without quotes\n");
}

BOOST_AUTO_TEST_CASE(every_fault_is_reported_at_its_own_place_in_the_files_order) {
    const auto* schema = R"({"type": "object", "additionalProperties": false, "required": ["folder"],
        "properties": {"folder": {"type": "string"}, "settle": {"type": "string"},
                       "header": {"type": "boolean"}, "columns": {"type": "array", "items": {"type": "string"}}}})";
    BOOST_TEST(faults(schema, "columns: [a, 2]\nheader: 3\nsetle: 5s\n") ==
               "a.yaml:1:1: error: options: the key 'folder' is missing\n"
               "a.yaml:1:14: error: options: 'columns.2' must be text; put it in quotes, since YAML reads it as a "
               "whole number\n"
               "a.yaml:2:9: error: options: 'header' must be true or false\n"
               "a.yaml:3:1: error: options: unknown key 'setle'; did you mean 'settle'?\n");
}

BOOST_AUTO_TEST_CASE(choices_are_listed_with_the_nearest) {
    const auto* schema = R"({"properties": {"afterwards": {"enum": ["move", "delete", "leave"]}}})";
    BOOST_TEST(faults(schema, "afterwards: move\n") == "");
    BOOST_TEST(faults(schema, "afterwards: mvoe\n") ==
               "a.yaml:1:13: error: options: 'afterwards' must be move, delete or leave; did you mean 'move'?\n");
    const auto* mixed = R"({"enum": ["null", null, 1, true]})";
    for (const auto* fitting : {"'null'", "~", "1", "1.0", "true"}) {
        BOOST_TEST(faults(mixed, fitting) == "", fitting);
    }
    for (const auto* wrong : {"'1'", "2", "false", "'true'", "[]"}) {
        BOOST_TEST(faults(mixed, wrong) != "", wrong);
    }
    BOOST_TEST(faults(R"({"const": 1})", "2") == "a.yaml:1:1: error: options: this must be 1\n");
}

BOOST_AUTO_TEST_CASE(limits_include_their_ends) {
    const auto* number = R"({"minimum": 1, "maximum": 64})";
    BOOST_TEST(faults(number, "1") == "");
    BOOST_TEST(faults(number, "64") == "");
    BOOST_TEST(contains(faults(number, "0"), "at least 1"));
    BOOST_TEST(contains(faults(number, "64.5"), "at most 64"));
    BOOST_TEST(faults(number, "text") == "");  // as JSON Schema says: for numbers only
    const auto* text = R"({"minLength": 2, "maxLength": 3})";
    BOOST_TEST(faults(text, "\xC3\xA9\xC3\xA9\xC3\xA9") == "");  // three characters, six bytes
    BOOST_TEST(contains(faults(text, "a"), "at least 2 characters"));
    BOOST_TEST(contains(faults(text, "abcd"), "at most 3 characters"));
    const auto* list = R"({"minItems": 1, "maxItems": 2, "uniqueItems": true})";
    BOOST_TEST(faults(list, "[a, b]") == "");
    BOOST_TEST(contains(faults(list, "[]"), "at least 1 items"));
    BOOST_TEST(contains(faults(list, "[a, b, c]"), "at most 2 items"));
    BOOST_TEST(faults(list, "[a, 'a']") == "a.yaml:1:5: error: options: '2' stands in the list twice\n");
    BOOST_TEST(faults(list, "[1, '1']") == "");
    const auto* mapping = R"({"minProperties": 1, "maxProperties": 1})";
    BOOST_TEST(faults(mapping, "{a: 1}") == "");
    BOOST_TEST(contains(faults(mapping, "{}"), "at least 1 keys"));
    BOOST_TEST(contains(faults(mapping, "{a: 1, b: 2}"), "at most 1 keys"));
}

BOOST_AUTO_TEST_CASE(a_pattern_is_explained_by_its_description_and_the_value_is_not_repeated) {
    const auto* schema = R"({"properties": {"site": {"pattern": "^[A-Z]{3}$", "description": "An ODS code."}}})";
    BOOST_TEST(faults(schema, "site: RVW\n") == "");
    BOOST_TEST(faults(schema, "site: hunter2\n") ==
               "a.yaml:1:7: error: options: 'site' does not have its form: An ODS code.\n");
    BOOST_TEST(faults(schema, "site: \"RVW\\n\"\n") != "");         // $ is the end, not the last line's
    BOOST_TEST(faults(R"({"pattern": "b"})", "abc") == "");         // not anchored
    BOOST_TEST(faults(R"({"pattern": "^.$"})", "\xC3\xA9") == "");  // a character, not a byte
}

BOOST_AUTO_TEST_CASE(keys_are_checked_by_name_by_pattern_and_otherwise) {
    const auto* schema = R"({"properties": {"a": {"type": "integer"}}, "patternProperties": {"^x_": {"type": "string"}},
        "additionalProperties": {"type": "boolean"}, "propertyNames": {"maxLength": 4}})";
    BOOST_TEST(faults(schema, "{a: 1, x_1: text, b: true}") == "");
    BOOST_TEST(contains(faults(schema, "{a: text}"), "'a' must be a whole number"));
    BOOST_TEST(contains(faults(schema, "{x_1: 1}"), "'x_1' must be text"));
    BOOST_TEST(contains(faults(schema, "{b: 1}"), "'b' must be true or false"));
    BOOST_TEST(contains(faults(schema, "{longer: true}"), "at most 4 characters"));
    BOOST_TEST(contains(faults(R"({"properties": {"a": false}})", "{a: 1}"), "must not be here"));
    BOOST_TEST(faults(R"({"propertyNames": {"type": "string"}})", "{1: a}") == "");  // a key is always text
}

BOOST_AUTO_TEST_CASE(of_several_forms_the_one_that_was_meant_is_explained) {
    const auto* schema = R"({"anyOf": [
        {"type": "string", "enum": ["keep", "drop"]},
        {"type": "object", "required": ["action", "length"], "additionalProperties": false,
         "properties": {"action": {"const": "truncate"}, "length": {"type": "integer"}}},
        {"type": "object", "required": ["action", "precision"], "additionalProperties": false,
         "properties": {"action": {"const": "date"}, "precision": {"enum": ["year", "day"]}}}]})";
    BOOST_TEST(faults(schema, "keep") == "");
    BOOST_TEST(faults(schema, "{action: truncate, length: 3}") == "");
    BOOST_TEST(contains(faults(schema, "kep"), "did you mean 'keep'?"));
    BOOST_TEST(contains(faults(schema, "{action: date, precision: dya}"), "did you mean 'day'?"));
    BOOST_TEST(faults(schema, "{action: truncate, lenght: 3}") ==
               "a.yaml:1:1: error: options: the key 'length' is missing\n"
               "a.yaml:1:20: error: options: unknown key 'lenght'; did you mean 'length'?\n");
    BOOST_TEST(faults(schema, "{action: dat}") ==
               "a.yaml:1:10: error: options: 'action' must be truncate or date; did you mean 'date'?\n");
    BOOST_TEST(contains(faults(schema, "[1]"), "must be text or a mapping"));
}

BOOST_AUTO_TEST_CASE(one_of_several_forms_excludes_the_others) {
    const auto* schema = R"({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]})";
    BOOST_TEST(faults(schema, "{a: 1}") == "");
    BOOST_TEST(contains(faults(schema, "{a: 1, b: 1}"), "more than one way"));
    BOOST_TEST(contains(faults(schema, "{c: 1}"), "is missing"));
}

BOOST_AUTO_TEST_CASE(references_are_followed_and_their_siblings_count) {
    const auto* schema = R"({"$defs": {"tree": {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}},
                            "$ref": "#/$defs/tree", "maxProperties": 1})";
    BOOST_TEST(faults(schema, "{a: {b: {c: {}}}}") == "");
    BOOST_TEST(contains(faults(schema, "{a: {b: {c: 1}}}"), "'a.b.c' must be a mapping"));
    BOOST_TEST(contains(faults(schema, "{a: {}, b: {}}"), "at most 1 keys"));
    BOOST_TEST(faults(R"({"properties": {"a": {"$ref": "#"}}, "additionalProperties": false})", "{a: {a: {}}}") == "");
}

BOOST_AUTO_TEST_CASE(a_schema_that_we_cannot_honour_is_a_defect_and_not_passed_over) {
    for (const auto* schema :
         {"not json", "[]", "1", R"({"multipleOf": 2})", R"({"properties": {"a": {"format": "date"}}})",
          R"({"items": {"not": {}}})", R"({"$ref": "other.json"})", R"({"$ref": "#/$defs/missing"})",
          R"({"$defs": {"a": {"if": true}}})", R"({"anyOf": [{"allOf": []}]})", R"({"anyOf": {}})",
          R"({"properties": []})", R"({"properties": {"a": 1}})"}) {
        BOOST_CHECK_EXCEPTION(faults(schema, "{}"), Error, is_internal);
    }
    BOOST_CHECK_EXCEPTION(faults(R"({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"})", "{}"), Error,
                          is_internal);
    BOOST_CHECK_EXCEPTION(faults(R"({"pattern": "("})", "abc"), Error, is_internal);
    BOOST_CHECK_EXCEPTION(faults(std::string(200, '[') + std::string(200, ']'), "{}"), Error, is_internal);
}

BOOST_AUTO_TEST_CASE(yaml_becomes_the_json_that_it_means) {
    BOOST_TEST(json("a: 1\nb: 1.5\nc: true\nd: ~\ne: text\nf: '12'\ng: [1, x]\nh: {i: {}}\n") ==
               R"({"a":1,"b":1.5,"c":true,"d":null,"e":"text","f":"12","g":[1,"x"],"h":{"i":{}}})");
    BOOST_TEST(json("0x1F") == "31");
    BOOST_TEST(json("-9223372036854775808") == "-9223372036854775808");
    BOOST_TEST(json("\"q\\\" b\\\\ n\\n t\\t e\\u0001\"") == R"("q\" b\\ n\n t\t e\u0001")");
    BOOST_TEST(json("\xC3\xA9 \xF0\x9F\x98\x80") == "\"\xC3\xA9 \xF0\x9F\x98\x80\"");
    BOOST_TEST(json("{b: 1, a: 2}") == R"({"b":1,"a":2})");
    BOOST_TEST(json("") == "null");
}

BOOST_AUTO_TEST_CASE(a_pointer_leads_to_its_node_or_the_deepest_on_the_way) {
    const auto root = parse_yaml("a:\n  - x\n  - b/c: y\n    d~e: z\n", "a.yaml");
    BOOST_TEST(node_at(root, "").location.line == 1U);
    BOOST_TEST(node_at(root, "/a/0").scalar == "x");
    BOOST_TEST(node_at(root, "/a/1/b~1c").scalar == "y");
    BOOST_TEST(node_at(root, "/a/1/d~0e").scalar == "z");
    BOOST_TEST(node_at(root, "/a/7/b").is_sequence());
    BOOST_TEST(node_at(root, "/a/0/b").scalar == "x");
    BOOST_TEST(node_at(root, "/nothing").is_mapping());
    BOOST_TEST(node_at(root, "no pointer").is_mapping());
}

BOOST_AUTO_TEST_SUITE_END()
