#include "service/agent/table.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace tributary;

namespace {

std::string printed(const Table& table) {
    std::ostringstream output;
    table.print(output);
    return output.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table_tests)

BOOST_AUTO_TEST_CASE(columns_are_aligned_by_characters_and_not_by_bytes) {
    Table table({{"name", Table::Align::left}, {"rows", Table::Align::right}});
    table.add({"Zoë", "1"});
    table.add({"Anna", "1,000"});
    BOOST_TEST(printed(table) == "  name   rows\n  Zoë       1\n  Anna  1,000\n");
}

// A record's text must not steer the terminal that a preview is shown on.
BOOST_AUTO_TEST_CASE(control_characters_do_not_reach_the_terminal) {
    Table table({{"value", Table::Align::left}});
    table.add({std::string("\x1b[2J") + "a\tb\r\n" + std::string(1, '\0') + "\x7f"});
    table.add(
        {"\xC2\x9B"
         "2J\xC2\x80\xC2\x9F"});  // the same with one character of U+0080 to U+009F
    table.add(
        {"\xC2\xA3"
         "5"});
    BOOST_TEST(printed(table) ==
               "  value\n  .[2Ja.b....\n  .2J..\n  \xC2\xA3"
               "5\n");
}

BOOST_AUTO_TEST_CASE(bytes_of_a_damaged_file_are_shown_as_dots) {
    Table table({{"value", Table::Align::left}});
    table.add({"a\xB3\xE2\x28z\xE2"});
    BOOST_TEST(printed(table) == "  value\n  a..(z.\n");
}

BOOST_AUTO_TEST_CASE(long_cells_are_cut_between_characters) {
    Table table({{"v", Table::Align::left}}, 3);
    table.add({"äöüß"});
    table.add({"abc"});
    BOOST_TEST(printed(table) == "  v\n  äöü…\n  abc\n");
}

BOOST_AUTO_TEST_CASE(missing_cells_are_empty) {
    Table table({{"a", Table::Align::left}, {"b", Table::Align::left}});
    BOOST_TEST(table.empty());
    table.add({"1"});
    BOOST_TEST(!table.empty());
    BOOST_TEST(printed(table) == "  a  b\n  1\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_written_for_people) {
    BOOST_TEST(with_commas(0) == "0");
    BOOST_TEST(with_commas(999) == "999");
    BOOST_TEST(with_commas(1000) == "1,000");
    BOOST_TEST(with_commas(1234567) == "1,234,567");
    BOOST_TEST(as_size(1023) == "1023 B");
    BOOST_TEST(as_size(1536) == "1.5 KiB");
    BOOST_TEST(as_size(5ULL << 40U) == "5.0 TiB");
    BOOST_TEST(as_size(~0ULL) == "16777216.0 TiB");
    BOOST_TEST(as_share(1, 3) == "33.3 %");
    BOOST_TEST(as_share(0, 0) == "-");
}

BOOST_AUTO_TEST_SUITE_END()
