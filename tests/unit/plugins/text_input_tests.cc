#include "plugins/csv/text_input.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugins/packed.h"
#include "tests/unit/plugins/tables.h"

using namespace tributary::csv;
using namespace tributary::csv::test;

namespace {

std::string decoded(const std::string& content, Encoding encoding, std::size_t at_once = SIZE_MAX,
                    std::size_t room = 64) {
    TextInput input(open_bytes(std::make_unique<MemoryFile>(content, at_once)), encoding);
    std::string text;
    std::vector<char> buffer(room);
    while (const std::size_t count = input.read(buffer)) {
        text.append(buffer.data(), count);
    }
    return text;
}

/// ASCII as UTF-16.
std::string wide(const std::string& text, bool big) {
    std::string bytes;
    for (const char c : text) {
        bytes += big ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return bytes;
}

std::string refusal(const std::string& content, Encoding encoding) {
    try {
        decoded(content, encoding);
    } catch (const BadFile& bad) {
        return bad.what();
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_input_tests)

BOOST_AUTO_TEST_CASE(utf8_passes_as_it_is_without_its_mark) {
    BOOST_CHECK_EQUAL(decoded("\xEF\xBB\xBF"
                              "caf\xC3\xA9",
                              Encoding::utf8),
                      "caf\xC3\xA9");
    BOOST_CHECK_EQUAL(decoded("caf\xC3\xA9", Encoding::utf8), "caf\xC3\xA9");
    BOOST_CHECK_EQUAL(decoded("", Encoding::utf8), "");
    BOOST_CHECK_EQUAL(decoded("x", Encoding::utf8), "x");
}

BOOST_AUTO_TEST_CASE(every_byte_of_windows_1252_has_a_character) {
    BOOST_CHECK_EQUAL(decoded("\x80 \x99 \xE9 \xFF", Encoding::windows_1252),
                      "\xE2\x82\xAC \xE2\x84\xA2 \xC3\xA9 \xC3\xBF");
    BOOST_CHECK_EQUAL(decoded("\x81", Encoding::windows_1252), "\xC2\x81");
    std::string all;
    for (int byte = 1; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    // iconv -f CP1252 agrees on the 27 of 0x80-0x9F that Windows defines: 17 of them take three bytes.
    BOOST_CHECK_EQUAL(decoded(all, Encoding::iso_8859_1).size(), 127U + 128U * 2U);
    BOOST_CHECK_EQUAL(decoded(all, Encoding::windows_1252).size(), 127U + 96U * 2U + 15U * 2U + 17U * 3U);
}

BOOST_AUTO_TEST_CASE(iso_8859_1_is_the_first_256_characters) {
    BOOST_CHECK_EQUAL(decoded("\xA3 \x80", Encoding::iso_8859_1), "\xC2\xA3 \xC2\x80");
}

BOOST_AUTO_TEST_CASE(utf16_is_told_by_its_mark) {
    BOOST_CHECK_EQUAL(decoded("\xFF\xFE" + wide("ab,c\n", false), Encoding::utf16), "ab,c\n");
    BOOST_CHECK_EQUAL(decoded("\xFE\xFF" + wide("ab,c\n", true), Encoding::utf16), "ab,c\n");
    // Also where the configuration says nothing.
    BOOST_CHECK_EQUAL(decoded("\xFF\xFE" + wide("ab", false), Encoding::utf8), "ab");
    BOOST_CHECK_EQUAL(decoded(wide("ab", true), Encoding::utf16_be), "ab");
    BOOST_CHECK_EQUAL(decoded(wide("ab", false), Encoding::utf16_le), "ab");
    BOOST_CHECK(refusal(wide("ab", false), Encoding::utf16).find("utf-16le") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mark_stands_above_the_option) {
    TextInput input(open_bytes(std::make_unique<MemoryFile>("\xEF\xBB\xBF"
                                                            "a")),
                    Encoding::windows_1252);
    BOOST_CHECK(input.encoding() == Encoding::utf8);
    BOOST_CHECK(input.mark_overruled_option());
}

BOOST_AUTO_TEST_CASE(utf16_pairs_make_one_character_however_they_are_cut) {
    const std::string grin("\x3D\xD8\x00\xDE", 4);  // U+1F600
    for (const std::size_t at_once : {1U, 2U, 3U, 5U}) {
        BOOST_CHECK_EQUAL(decoded(wide("a", false) + grin + wide("b", false), Encoding::utf16_le, at_once, 4),
                          "a\xF0\x9F\x98\x80"
                          "b");
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_utf16_comes_out_as_no_utf8) {
    const std::string lone("\x3D\xD8", 2);
    BOOST_CHECK_EQUAL(decoded(lone + wide("a", false), Encoding::utf16_le),
                      "\xED\xA0\xBD"
                      "a");
    BOOST_CHECK_EQUAL(decoded(wide("a", false) + lone, Encoding::utf16_le), "a\xFF");
    BOOST_CHECK_EQUAL(decoded(wide("a", false) + "x", Encoding::utf16_le), "a\xFF");
}

BOOST_AUTO_TEST_CASE(skip_leads_to_where_reading_led) {
    std::string latin;
    for (int i = 0; i < 100'000; ++i) {
        latin += static_cast<char>(32 + i % 220);
    }
    const std::string whole = decoded(latin, Encoding::windows_1252);
    const std::size_t boundary = whole.find('~', 120'000);
    TextInput input(open_bytes(std::make_unique<MemoryFile>(latin, 777)), Encoding::windows_1252);
    BOOST_REQUIRE(input.skip(boundary));
    std::vector<char> rest(whole.size());
    const std::size_t count = input.read(rest);
    BOOST_CHECK_EQUAL(std::string(rest.data(), count), whole.substr(boundary, count));
    TextInput shorter(open_bytes(std::make_unique<MemoryFile>(latin)), Encoding::windows_1252);
    BOOST_CHECK(!shorter.skip(whole.size() + 1));
    TextInput plain(open_bytes(std::make_unique<MemoryFile>("abc")), Encoding::utf8);
    BOOST_CHECK(!plain.skip(4));
}

BOOST_AUTO_TEST_CASE(gzip_is_known_by_its_content) {
    const std::string content = "a,b\n" + std::string(300'000, 'x') + "\n";
    for (const std::size_t at_once : {std::size_t{1}, std::size_t{17}, SIZE_MAX}) {
        BOOST_CHECK(decoded(gzip(content), Encoding::utf8, at_once, 1000) == content);
    }
    BOOST_CHECK(decoded(gzip("a,") + gzip("b\n") + std::string(512, '\0'), Encoding::utf8) == "a,b\n");
    BOOST_CHECK_EQUAL(decoded(gzip("\xE9"), Encoding::windows_1252), "\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(gzip_cut_short_or_damaged_is_no_end) {
    const auto packed = gzip("a,b\n1,2\n3,4\n");
    for (std::size_t size = 2; size < packed.size(); ++size) {
        BOOST_CHECK(refusal(packed.substr(0, size), Encoding::utf8).find("not complete") != std::string::npos);
    }
    auto damaged = packed;
    damaged[packed.size() - 6] = static_cast<char>(damaged[packed.size() - 6] ^ 1);
    BOOST_CHECK(refusal(damaged, Encoding::utf8).find("damaged") != std::string::npos);
    BOOST_CHECK(!refusal(packed + "rest", Encoding::utf8).empty());
}

BOOST_AUTO_TEST_CASE(a_zip_archive_is_named_as_such) {
    BOOST_CHECK(refusal(std::string("PK\x03\x04rest", 8), Encoding::utf8).find("zip") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
