#include "agent/platform/utf8.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tributary {

BOOST_AUTO_TEST_SUITE(utf8_tests)

BOOST_AUTO_TEST_CASE(characters_of_every_length_are_read) {
    const struct {
        std::string_view text;
        char32_t code_point;
    } samples[] = {{"A", 0x41}, {"\xC3\xA9", 0xE9}, {"\xE2\x82\xAC", 0x20AC}, {"\xF0\x9F\x98\x80", 0x1F600}};
    for (const auto& sample : samples) {
        const Utf8Character character = first_utf8_character(std::string(sample.text) + "tail");
        BOOST_TEST(character.valid);
        BOOST_TEST(character.size == sample.text.size());
        BOOST_TEST((character.code_point == sample.code_point));
    }
    BOOST_TEST(first_utf8_character("").size == 0U);
    BOOST_TEST((first_utf8_character(std::string_view("\0", 1)).valid));
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_found_where_it_stands) {
    // A lone continuation byte, cut off, overlong, a surrogate, beyond U+10FFFF, Windows-1252.
    for (const char* bytes : {"\x80", "\xC3", "\xE2\x82", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                              "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE9t\xE9", "\xFF"}) {
        BOOST_TEST(find_invalid_utf8(std::string("\xC3\xA9x") + bytes) == 3U);
        BOOST_TEST(first_utf8_character(bytes).size == 1U);
    }
    BOOST_TEST(find_invalid_utf8("ASCII, \xC3\xA9 and \xF0\x9F\x98\x80") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(characters_that_forge_or_turn_lines_are_control_characters) {
    for (const char32_t code_point :
         {U'\0', U'\n', U'\x1B', U'\x7F', U'\x85', U'\x9B', U'\u2028', U'\u202E', U'\u2066'}) {
        BOOST_TEST(is_control_character(code_point));
    }
    for (const char32_t code_point : {U' ', U'~', U'\u00E9', U'\u20AC', U'\U0001F600'}) {
        BOOST_TEST(!is_control_character(code_point));
    }
}

BOOST_AUTO_TEST_CASE(text_from_outside_is_one_clean_line) {
    BOOST_TEST(clean_text("ab\ncd\x1B[2J") == "ab cd [2J");
    BOOST_TEST(clean_text("T\xC5XT \xE2\x80\xAE!") == "T?XT  !");
    BOOST_TEST(clean_text("abc\xC3\xA9", 4) == "abc");
    BOOST_TEST(clean_text("abc\xC3\xA9", 5) == "abc\xC3\xA9");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
