#include "agent/config/yaml_node.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/unit/platform/temporary_folder.h"

namespace tributary {
namespace {

std::string repeated(const std::string& text, std::size_t count) {
    std::string result;
    result.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

/// All lines of the ConfigurationError that parsing ends in, or "" if it does not.
std::string refusal(const std::string& text) {
    try {
        parse_yaml(text, "a.yaml");
        return "";
    } catch (const ConfigurationError& error) {
        return error.what();
    }
}

/// Is `text` refused at the place (":2:1", or ":2:" for any column) with a message that holds `part`?
void check_refused(const std::string& text, const std::string& place, const std::string& part) {
    const std::string message = refusal(text);
    BOOST_TEST_CONTEXT("text: " << text.substr(0, 60) << "\nmessage: " << message.substr(0, 300)) {
        BOOST_TEST(
            message.starts_with(std::string("a.yaml").append(place).append(place.ends_with(':') ? "" : ": error: ")));
        BOOST_TEST(message.find(part) != std::string::npos);
    }
}

std::string place_of(const YamlNode& node) {
    return to_string(node.location);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yaml_node_tests)

BOOST_AUTO_TEST_CASE(a_document_becomes_a_tree_in_the_order_of_the_file) {
    const YamlNode root = parse_yaml(
        "# comment\n"
        "site: north\n"
        "sources:\n"
        "  - name: \"a: b\"\n"
        "    rows: 12\n"
        "  - [x, 'y']\n"
        "zero: {k: v}\n",
        "a.yaml");
    BOOST_REQUIRE(root.is_mapping());
    BOOST_REQUIRE(root.entries.size() == 3U);
    BOOST_TEST(root.entries[0].first.scalar == "site");
    BOOST_TEST(root.entries[2].first.scalar == "zero");
    BOOST_TEST(root.find("site")->scalar == "north");
    BOOST_TEST(!root.find("site")->quoted);
    BOOST_TEST(root.find("no such key") == nullptr);
    const YamlNode& sources = *root.find("sources");
    BOOST_REQUIRE(sources.items.size() == 2U);
    BOOST_TEST(sources.items[0].find("name")->scalar == "a: b");
    BOOST_TEST(sources.items[0].find("name")->quoted);
    BOOST_TEST(sources.items[1].items[1].scalar == "y");
    BOOST_TEST(sources.items[1].items[1].quoted);
    BOOST_TEST(root.find("zero")->find("k")->scalar == "v");
}

BOOST_AUTO_TEST_CASE(every_node_knows_its_place) {
    const YamlNode root = parse_yaml("site: north\nsources:\n  - name: x\n    list: [1, \"2\"]\n", "a.yaml");
    BOOST_TEST(place_of(root) == "a.yaml:1:1");
    BOOST_TEST(place_of(*root.find("site")) == "a.yaml:1:7");
    BOOST_TEST(place_of(root.entries[1].first) == "a.yaml:2:1");
    const YamlNode& source = root.find("sources")->items[0];
    BOOST_TEST(place_of(*source.find("name")) == "a.yaml:3:11");
    BOOST_TEST(place_of(source.find("list")->items[1]) == "a.yaml:4:15");
}

BOOST_AUTO_TEST_CASE(columns_count_characters_and_not_bytes) {
    const YamlNode root = parse_yaml("{\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80: a, b: c}", "a.yaml");
    BOOST_TEST(place_of(*root.find("b")) == "a.yaml:1:13");
}

BOOST_AUTO_TEST_CASE(windows_line_ends_and_a_byte_order_mark_make_no_difference) {
    const YamlNode root = parse_yaml("\xEF\xBB\xBFsite: north\r\nlist:\r\n  - a\r\n", "a.yaml");
    BOOST_TEST(root.find("site")->scalar == "north");
    BOOST_TEST(root.find("list")->items[0].scalar == "a");
    BOOST_TEST(place_of(root.entries[0].first) == "a.yaml:1:1");
    BOOST_TEST(place_of(root.find("list")->items[0]) == "a.yaml:3:5");
}

BOOST_AUTO_TEST_CASE(nothing_is_null_in_each_of_its_forms) {
    for (const char* text : {"", "\n", "# comment only\n", "~", "null", "---\n", "---\n...\n", "\xEF\xBB\xBF"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(parse_yaml(text, "a.yaml").is_null());
        }
    }
    const YamlNode root = parse_yaml("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", "a.yaml");
    for (const char* key : {"a", "b", "c"}) {
        BOOST_TEST(root.find(key)->is_null());
    }
    for (const char* key : {"d", "e"}) {
        BOOST_TEST(root.find(key)->is_scalar());
        BOOST_TEST(root.find(key)->quoted);
    }
}

BOOST_AUTO_TEST_CASE(block_scalars_are_text_and_may_hold_tabs) {
    const YamlNode root = parse_yaml(
        "query: |\n  SELECT a\n  \tFROM b\n\n  WHERE c\nfolded: >-  # why\n  one\n  two\nlast: x\n", "a.yaml");
    BOOST_TEST(root.find("query")->scalar == "SELECT a\n\tFROM b\n\nWHERE c\n");
    BOOST_TEST(root.find("query")->quoted);
    BOOST_TEST(root.find("folded")->scalar == "one two");
    BOOST_TEST(root.find("last")->scalar == "x");
}

BOOST_AUTO_TEST_CASE(tabs_in_indentation_are_refused_where_they_stand) {
    const std::string words = "tabs cannot be used for indentation; use spaces";
    check_refused("a:\n\tb: c\n", ":2:1", words);
    check_refused("a:\n  b: c\n  \td: e\n", ":3:3", words);
    check_refused("q: |\n  text\n  \ttext\nb:\n\tc: d\n", ":5:1", words);
    check_refused("list:\n\t- a\n", ":2:1", words);
}

BOOST_AUTO_TEST_CASE(tabs_elsewhere_do_no_harm) {
    const YamlNode root = parse_yaml("a: b\t# comment\n\t\nc: 'x\ty'\n", "a.yaml");
    BOOST_TEST(root.find("a")->scalar == "b");
    BOOST_TEST(root.find("c")->scalar == "x\ty");
}

BOOST_AUTO_TEST_CASE(anchors_aliases_and_tags_are_refused) {
    check_refused("a: &x 1\n", ":1:4", "anchors");
    check_refused("a: &x {b: c}\n", ":1:4", "anchors");
    check_refused("a: &x [b]\n", ":1:4", "anchors");
    check_refused("a: &x\n", ":1:4", "anchors");
    check_refused("a: !!str 1\n", ":1:4", "tags");
    check_refused("a: !python/object x\n", ":1:4", "tags");
    check_refused("a: !!map {b: c}\n", ":1:4", "tags");
    check_refused("a: !!set\n", ":1:4", "tags");
    const std::string both = refusal("a: &x 1\nb: *x\n");
    BOOST_TEST(both.find("a.yaml:1:4: error: anchors") != std::string::npos);
    BOOST_TEST(both.find("a.yaml:2:4: error: aliases") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(merge_keys_are_refused) {
    check_refused("a: 1\n<<: {b: 2}\n", ":2:1", "merge keys");
    BOOST_TEST(parse_yaml("'<<': 1\n", "a.yaml").find("<<")->scalar == "1");
}

BOOST_AUTO_TEST_CASE(a_bomb_of_aliases_is_refused_without_being_unfolded) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        const std::string before = std::string("*a").append(std::to_string(i - 1));
        const std::string name = std::string("a").append(std::to_string(i));
        text.append(name).append(": &").append(name).append(" [").append(repeated(before + ", ", 8)).append(before);
        text.append("]\n");
    }
    check_refused(text, ":1:5", "anchors");
}

BOOST_AUTO_TEST_CASE(a_key_that_stands_twice_is_refused_and_the_first_is_named) {
    check_refused("a: 1\nb: 2\n\na: 3\n", ":4:1", "'a' stands here a second time; the first is on line 1");
    check_refused("x: {a: 1, 'a': 2}\n", ":1:11", "first is on line 1");
    BOOST_TEST(refusal("x: {a: 1}\ny: {a: 1}\n") == "");
}

BOOST_AUTO_TEST_CASE(all_faults_of_a_file_are_reported_at_once) {
    const std::string message = refusal("a: 1\na: 2\nb: !!int 3\n<<: x\n");
    for (const char* part : {"a.yaml:2:1", "a.yaml:3:4", "a.yaml:4:1"}) {
        BOOST_TEST(message.find(part) != std::string::npos);
    }
    const std::string many = refusal(repeated("a: 1\n", 1000));
    BOOST_TEST(std::count(many.begin(), many.end(), '\n') < 100);
}

BOOST_AUTO_TEST_CASE(a_key_in_a_message_cannot_forge_a_line) {
    const std::string message = refusal("\"a\\nforged\": 1\n\"a\\nforged\": 2\n");
    BOOST_TEST(message.find("'a\\u000aforged'") != std::string::npos);
    BOOST_TEST(message.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_must_be_text) {
    check_refused("[a]: 1\n", ":1:1", "a key must be plain text");
    check_refused("{{a: b}: c}\n", ":1:2", "a key must be plain text");
    check_refused("? - a\n: 1\n", ":1:3", "a key must be plain text");
    check_refused("~: 1\n", ":1:1", "a key is missing");
    check_refused(": 1\n", ":1:1", "a key is missing");
}

BOOST_AUTO_TEST_CASE(a_second_document_is_refused) {
    check_refused("a: 1\n---\nb: 2\n", ":2:1", "a second document");
    check_refused("a: 1\n---\n", ":2:1", "a second document");
    BOOST_TEST(refusal("---\na: 1\n...\n") == "");
}

BOOST_AUTO_TEST_CASE(what_is_left_over_behind_the_document_is_refused) {
    for (const char* text : {"a: [b]]\n", "a: {b: c}}\n", "[a] b\n", "a: 1\n]\n"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(refusal(text).starts_with("a.yaml:"));
        }
    }
}

BOOST_AUTO_TEST_CASE(broken_yaml_is_refused_with_its_place) {
    check_refused("a: b: c\n", ":1:5", "colon");
    check_refused("a: [b\n", ":2:1", "not closed with ']'");
    check_refused("a: {b: c\n", ":2:1", "not closed with '}'");
    check_refused("a:\n  b: 1\n c: 2\n", ":3:2", "indentation");
    check_refused("a: @b\n", ":1:4", "quotes");
    check_refused("a: \"C:\\data\"\n", ":1:9", "backslash");
    check_refused("a: - b\n", ":1:4", "line of its own");
    check_refused("%YAML 3.0\n---\na: b\n", ":1:1", "version");
}

BOOST_AUTO_TEST_CASE(a_schedule_with_asterisks_needs_quotes_and_the_message_says_so) {
    for (const char* text : {"a: * 2 * * *\n", "a: */5 * * * *\n", "a: *x\n"}) {
        check_refused(text, ":1:", "put text that begins with '*' in quotes");
    }
    BOOST_TEST(parse_yaml("a: '*/5 * * * *'\n", "a.yaml").find("a")->scalar == "*/5 * * * *");
}

BOOST_AUTO_TEST_CASE(a_quote_that_is_never_closed_is_refused_wherever_the_file_ends) {
    for (const char* text :
         {"a: 'open", "a: 'open\n", "a: \"open\nb: 1\n", "a: 'it''s\nb: 1\n", "a: \"x\\\"\n", "'a\n", "a: ['b\n"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(refusal(text).find("never closed") != std::string::npos);
        }
    }
    const YamlNode root = parse_yaml("a: 'it''s'\nb: \"say \\\"x\\\\\"\nc: ''\n", "a.yaml");
    BOOST_TEST(root.find("a")->scalar == "it's");
    BOOST_TEST(root.find("b")->scalar == "say \"x\\");
    BOOST_TEST(root.find("c")->scalar == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_text_is_refused_where_it_stands) {
    check_refused("a: b\nc: caf\xE9\n", ":2:7", "UTF-8");
    check_refused("\xFF\xFE" + std::string("a\0:\0", 4), ":1:1", "UTF-8");
    check_refused(std::string("a: b\0c", 6), ":1:5", "control character");
    check_refused("a: \x1B[2J\n", ":1:4", "control character");
}

BOOST_AUTO_TEST_CASE(a_file_is_bounded_in_size_depth_and_number_of_values) {
    check_refused(std::string((1U << 20U) + 1, ' '), "", "1 MiB");
    BOOST_TEST(refusal(std::string(1U << 20U, ' ')) == "");

    BOOST_TEST(refusal(repeated("[", 64) + repeated("]", 64)) == "");
    check_refused(repeated("[", 65) + repeated("]", 65), ":1:65", "64 deep");
    check_refused(repeated("- ", 65) + "a", ":1:129", "64 deep");

    check_refused(repeated("a,", 100'001).insert(0, 1, '[') + "]", ":1:200000", "more than 100000 values");
}

BOOST_AUTO_TEST_CASE(endless_nesting_ends_in_an_error_and_not_in_a_crash) {
    const std::size_t size = 1U << 20U;
    for (const std::string piece : {"[", "{", "- ", "? ", "[{", "{a: ", "a: {", "!!a ", "&a [", ": "}) {
        BOOST_TEST_CONTEXT(piece) {
            BOOST_TEST(refusal(repeated(piece, size / piece.size())).starts_with("a.yaml"));
        }
    }
    std::string staircase;
    for (std::size_t i = 0; i < 1000; ++i) {
        staircase += std::string(i, ' ') + "a:\n";
    }
    check_refused(staircase, ":65:65", "64 deep");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_from_the_disk) {
    const TemporaryFolder folder;
    folder.write("a.yaml", "a: b\nc: [\n");
    const std::string path = (folder / "a.yaml").string();
    BOOST_CHECK_EXCEPTION(parse_yaml_file(path), ConfigurationError,
                          [&](const Error& error) { return std::string(error.what()).starts_with(path + ":"); });
    folder.write("a.yaml", "a: b\n");
    BOOST_TEST(parse_yaml_file(path).find("a")->scalar == "b");
    folder.write("large.yaml", std::string((1U << 20U) + 1, '#'));
    BOOST_CHECK_EXCEPTION(parse_yaml_file((folder / "large.yaml").string()), Error,
                          [](const Error& error) { return error.code() == ErrorCode::limit; });
    BOOST_CHECK_EXCEPTION(parse_yaml_file((folder / "missing.yaml").string()), Error,
                          [](const Error& error) { return error.code() == ErrorCode::not_found; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
