#include <boost/test/unit_test.hpp>

#include "agent/config/yaml_node.h"

namespace tributary {
namespace {

/// A mapping, its reader and what the reader found wrong.
struct Reading {
    explicit Reading(const std::string& text)
        : node(parse_yaml(text, "a.yaml")), reader(node, "source 'x'", diagnostics) {}

    std::string faults() const {
        std::string text;
        for (const Diagnostic& diagnostic : diagnostics.all()) {
            text += to_string(diagnostic) + "\n";
        }
        return text;
    }

    YamlNode node;
    Diagnostics diagnostics;
    MappingReader reader;
};

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(mapping_reader_tests)

BOOST_AUTO_TEST_CASE(values_are_read_by_type) {
    Reading reading(
        "name: north\nport: 2575\nactive: false\nmode: auto\nlist: [a, 'b']\none: c\nminus: -5\nquoted: '1'\n");
    BOOST_TEST(reading.reader.required_text("name") == "north");
    BOOST_TEST(reading.reader.text("quoted", "") == "1");
    BOOST_TEST(reading.reader.integer("port", 1, 1, 65535) == 2575);
    BOOST_TEST(reading.reader.integer("minus", 0, -10, 10) == -5);
    BOOST_TEST(reading.reader.boolean("active", true) == false);
    BOOST_TEST(reading.reader.choice("mode", {"auto", "original"}, "original") == "auto");
    BOOST_TEST(reading.reader.texts("list") == (Texts{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(reading.reader.texts("one") == Texts{"c"}, boost::test_tools::per_element());
    reading.reader.finish();
    BOOST_TEST(reading.faults() == "");
}

BOOST_AUTO_TEST_CASE(what_is_absent_has_its_default) {
    for (const char* text : {"{}", ""}) {
        Reading reading(text);
        BOOST_TEST(reading.reader.node("a") == nullptr);
        BOOST_TEST(reading.reader.text("a", "default") == "default");
        BOOST_TEST(!reading.reader.optional_text("a").has_value());
        BOOST_TEST(reading.reader.integer("a", 7, 1, 9) == 7);
        BOOST_TEST(reading.reader.boolean("a", true));
        BOOST_TEST(reading.reader.choice("a", {"b"}, "b") == "b");
        BOOST_TEST(reading.reader.texts("a").empty());
        reading.reader.finish();
        BOOST_TEST(reading.faults() == "");
    }
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_reported_at_its_mapping) {
    Reading reading("\n  a: b\n");
    BOOST_TEST(reading.reader.required_text("name") == "");
    BOOST_TEST(reading.reader.required_node("list") == nullptr);
    BOOST_TEST(reading.faults() ==
               "a.yaml:2:3: error: source 'x': the key 'name' is missing\n"
               "a.yaml:2:3: error: source 'x': the key 'list' is missing\n");
}

BOOST_AUTO_TEST_CASE(a_key_without_a_value_is_not_taken_for_absent) {
    Reading reading("a:\n");
    BOOST_TEST(reading.reader.text("a", "default") == "default");
    BOOST_TEST(reading.faults().find("'a' has no value; give it one or remove the line") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(required_text_may_not_be_empty) {
    Reading reading("a: ''\nb: ''\n");
    reading.reader.required_text("a");
    BOOST_TEST(reading.faults() == "a.yaml:1:4: error: source 'x': 'a' must not be empty\n");
    BOOST_TEST(reading.reader.text("b", "default") == "");
    BOOST_TEST(reading.diagnostics.error_count() == 1U);
}

BOOST_AUTO_TEST_CASE(only_whole_numbers_within_the_limits_are_integers) {
    for (const char* text : {"a: x", "a: 1.5", "a: '5'", "a: 0", "a: 11", "a: 010", "a: 0x5", "a: +5", "a: 5 6",
                             "a: 99999999999999999999", "a: --", "a: [5]", "a: {b: 5}", "a: 1e1", "a: ''"}) {
        Reading reading(text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(reading.reader.integer("a", 7, 1, 10) == 7);
            BOOST_TEST(reading.faults().find("a.yaml:1:4: error: source 'x': 'a' must be ") == 0U);
        }
    }
    Reading limits("low: -9223372036854775808\nhigh: 9223372036854775807\n");
    BOOST_TEST(limits.reader.integer("low", 0, INT64_MIN, INT64_MAX) == INT64_MIN);
    BOOST_TEST(limits.reader.integer("high", 0, INT64_MIN, INT64_MAX) == INT64_MAX);
    BOOST_TEST(limits.faults() == "");
}

BOOST_AUTO_TEST_CASE(only_true_and_false_are_booleans) {
    for (const char* text : {"a: yes", "a: off", "a: 1", "a: 'true'", "a: tRUE", "a: [true]"}) {
        Reading reading(text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(reading.reader.boolean("a", true));
            BOOST_TEST(reading.diagnostics.error_count() == 1U);
        }
    }
    for (const char* text : {"a: true", "a: True", "a: TRUE"}) {
        BOOST_TEST(Reading(text).reader.boolean("a", false));
    }
    for (const char* text : {"a: false", "a: False", "a: FALSE"}) {
        BOOST_TEST(!Reading(text).reader.boolean("a", true));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_choice_is_answered_with_the_list_and_the_nearest) {
    Reading reading("mode: orginal\n");
    BOOST_TEST(reading.reader.choice("mode", {"auto", "original"}, "auto") == "auto");
    BOOST_TEST(reading.faults() ==
               "a.yaml:1:7: error: source 'x': 'mode' must be one of 'auto', 'original'; did you mean 'original'?\n");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_not_repeated_because_it_may_be_a_secret) {
    Reading reading("a: s3cret\nb: s3cret\nc: s3cret\n");
    reading.reader.integer("a", 1, 0, 9);
    reading.reader.boolean("b", true);
    reading.reader.choice("c", {"auto"}, "auto");
    BOOST_TEST(reading.diagnostics.error_count() == 3U);
    BOOST_TEST(reading.faults().find("s3cret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_wrong_item_of_a_list_is_reported_and_the_others_are_kept) {
    Reading reading("a: [x, [y], z, ~]\n");
    BOOST_TEST(reading.reader.texts("a") == (Texts{"x", "z"}), boost::test_tools::per_element());
    BOOST_TEST(reading.faults() ==
               "a.yaml:1:8: error: source 'x': each item of 'a' must be a single value\n"
               "a.yaml:1:16: error: source 'x': each item of 'a' must be a single value\n");
    Reading mapping("a: {b: c}\n");
    BOOST_TEST(mapping.reader.texts("a").empty());
    BOOST_TEST(mapping.diagnostics.error_count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_that_nothing_asked_for_is_reported_with_the_nearest) {
    Reading reading("name: x\nshedule: daily\ncolour: red\n");
    reading.reader.text("name", "");
    reading.reader.text("schedule", "");
    reading.reader.finish();
    BOOST_TEST(reading.faults() ==
               "a.yaml:2:1: error: source 'x': unknown key 'shedule'; did you mean 'schedule'?\n"
               "a.yaml:3:1: error: source 'x': unknown key 'colour'\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_mapping_is_reported_once) {
    Reading reading("- a\n");
    reading.reader.required_text("name");
    reading.reader.required_node("list");
    reading.reader.finish();
    BOOST_TEST(reading.faults() ==
               "a.yaml:1:1: error: source 'x' must be a mapping, that is, lines of the form 'key: value'\n");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_caller_stands_at_the_value_of_its_key) {
    Reading reading("a: 1\nb: 2\n");
    reading.reader.error_at("b", "too late");
    reading.reader.error_at("absent", "too early");
    BOOST_TEST(reading.faults() ==
               "a.yaml:2:4: error: source 'x': too late\na.yaml:1:1: error: source 'x': too early\n");
}

BOOST_AUTO_TEST_CASE(the_nearest_word_differs_by_a_typing_mistake_or_two) {
    const Texts words = {"schedule", "stream", "port", "id"};
    BOOST_TEST(nearest("shedule", words).value_or("") == "schedule");
    BOOST_TEST(nearest("schedules", words).value_or("") == "schedule");
    BOOST_TEST(nearest("scehdule", words).value_or("") == "schedule");
    BOOST_TEST(nearest("scehduel", words).value_or("") == "schedule");
    BOOST_TEST(nearest("straem", words).value_or("") == "stream");
    BOOST_TEST(nearest("prot", words).value_or("") == "port");
    BOOST_TEST(nearest("stream", words).value_or("") == "stream");
    for (const char* word : {"", "x", "if", "pxxt", "sch", "something else", "scehudel"}) {
        BOOST_TEST_CONTEXT(word) {
            BOOST_TEST(!nearest(word, words).has_value());
        }
    }
    BOOST_TEST(!nearest(std::string(1'000'000, 's'), words).has_value());
    BOOST_TEST(!nearest("schedule", {}).has_value());
}

BOOST_AUTO_TEST_CASE(of_two_candidates_the_nearer_one_is_named) {
    BOOST_TEST(nearest("colmns", {"columns_", "columns"}).value_or("") == "columns");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
