#include "plugins/csv/record_parser.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/plugins/tables.h"

using namespace tributary::csv;
using namespace tributary::csv::test;

namespace {

using Lines = std::vector<std::string>;
using Left = std::vector<RejectedRow>;

void check_lines(const Table& table, const Lines& expected) {
    const auto lines = lines_of(table);
    BOOST_CHECK_EQUAL_COLLECTIONS(lines.begin(), lines.end(), expected.begin(), expected.end());
}

Dialect with(char delimiter) {
    Dialect dialect;
    dialect.delimiter = std::string(1, delimiter);
    return dialect;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_parser_tests)

BOOST_AUTO_TEST_CASE(lines_end_with_lf_cr_or_crlf_and_the_last_one_need_not_end) {
    for (const std::string end : {"\n", "\r", "\r\n"}) {
        check_lines(read_table("a,b" + end + "1,2" + end + "3,4"), {"1|2", "3|4"});
        check_lines(read_table("a,b" + end + "1,2" + end + "3,4" + end), {"1|2", "3|4"});
    }
}

BOOST_AUTO_TEST_CASE(quoted_values_hold_delimiters_quotes_and_line_ends) {
    check_lines(read_table("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n\"two\r\nlines\",\"\"\"\"\n"),
                {"x,y|he said \"no\"", "two\r\nlines|\""});
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_null_and_an_empty_quoted_value_is_empty) {
    check_lines(read_table("a,b,c\n,\"\",x\n"), {"~||x"});
}

BOOST_AUTO_TEST_CASE(null_values_count_only_without_quotes) {
    Dialect dialect;
    dialect.null_values = {"NULL", "-"};
    check_lines(read_table("a,b,c,d\nNULL,\"NULL\",-,\n", dialect), {"~|NULL|~|"});
}

BOOST_AUTO_TEST_CASE(a_quote_inside_a_plain_value_is_an_ordinary_character) {
    check_lines(read_table("a,b\n5\" pipe,x\"y\"\n"), {"5\" pipe|x\"y\""});
}

BOOST_AUTO_TEST_CASE(delimiters_may_be_pipe_tab_or_semicolon) {
    check_lines(read_table("a|b\n1,2|3\n", with('|')), {"1,2|3"});
    check_lines(read_table("a\tb\n\t3\n", with('\t')), {"~|3"});
    check_lines(read_table("a;b\n\"1;2\";3\n", with(';')), {"1;2|3"});
}

BOOST_AUTO_TEST_CASE(a_delimiter_of_several_bytes_is_one_character) {
    Dialect thorn;
    thorn.delimiter = "\xC3\xBE";  // U+00FE
    // 0xC3 also begins e acute, which is no delimiter.
    check_lines(read_table("a\xC3\xBE"
                           "b\ncaf\xC3\xA9\xC3\xBE\"x\xC3\xBEy\"\n",
                           thorn),
                {"caf\xC3\xA9|x\xC3\xBEy"});
    Dialect latin = thorn;
    latin.encoding = Encoding::iso_8859_1;
    check_lines(read_table("a\xFE"
                           "b\ncaf\xE9\xFE"
                           "2\n",
                           latin),
                {"caf\xC3\xA9|2"});
}

BOOST_AUTO_TEST_CASE(without_a_quote_character_quotes_are_values) {
    Dialect dialect = with('|');
    dialect.quote = '\0';
    check_lines(read_table("a|b\n\"x|y\"\n\"\"|\"\n", dialect), {"\"x|y\"", "\"\"|\""});
}

BOOST_AUTO_TEST_CASE(a_backslash_escapes_the_quote_and_stands_for_itself_elsewhere) {
    Dialect dialect;
    dialect.backslash = true;
    check_lines(read_table("a,b\n\"x\\\"y\",\"C:\\temp\"\n\"\\\\\",\"q\"\"q\"\n", dialect),
                {"x\"y|C:\\temp", "\\|q\"q"});
}

BOOST_AUTO_TEST_CASE(a_backslash_escapes_delimiters_and_line_ends_outside_quotes) {
    Dialect dialect;
    dialect.backslash = true;
    check_lines(read_table("a,b\nx\\,y,1\\\n2\nC:\\dir,\\\\\n\\\r\n,z\n", dialect),
                {"x,y|1\n2", "C:\\dir|\\", "\r\n|z"});
}

BOOST_AUTO_TEST_CASE(trim_takes_blanks_around_values_and_quotes) {
    Dialect dialect;
    dialect.trim = true;
    check_lines(read_table("a, b\n  x y , \" q \" \n   \n\t,z\n", dialect), {"x y| q ", "~|z"});
    check_lines(read_table("a,b\n x , y\n"), {" x | y"});
}

BOOST_AUTO_TEST_CASE(empty_lines_are_passed_over_and_do_not_count) {
    const auto table = read_table("\n\na,b\n\n1,2\n\r\n\n3,4\n\n");
    check_lines(table, {"1|2", "3|4"});
    BOOST_CHECK((table.numbers == std::vector<std::uint64_t>{1, 2}));
}

BOOST_AUTO_TEST_CASE(in_a_file_of_one_column_an_empty_line_is_a_row) {
    check_lines(read_table("a\n1\n\n\"\"\n2\n"), {"1", "~", "", "2"});
}

BOOST_AUTO_TEST_CASE(ragged_rows_are_rejected_with_their_number) {
    const auto table = read_table("a,b\n1,2\n3\n4,5,6\n7,8\n");
    check_lines(table, {"1|2", "7|8"});
    BOOST_CHECK((table.rejected == Left{{2, "ragged_row", 1}, {3, "ragged_row", 1}}));
    BOOST_CHECK((table.numbers == std::vector<std::uint64_t>{1, 4}));
}

BOOST_AUTO_TEST_CASE(pad_fills_short_rows_and_still_rejects_long_ones) {
    Dialect dialect;
    dialect.pad = true;
    const auto table = read_table("a,b,c\n1\n1,2,3,4\n1,2\n", dialect);
    check_lines(table, {"1|~|~", "1|2|~"});
    BOOST_CHECK((table.rejected == Left{{2, "ragged_row", 1}}));
}

BOOST_AUTO_TEST_CASE(text_behind_a_closing_quote_is_rejected) {
    const auto table = read_table("a,b\n\"a\"b,1\n2,3\n\"x\" ,4\n");
    check_lines(table, {"2|3"});
    BOOST_CHECK((table.rejected == Left{{1, "bad_quote", 2}}));
}

BOOST_AUTO_TEST_CASE(a_quote_never_closed_costs_the_line_on_which_it_began) {
    const auto table = read_table("a,b\n1,\"x\n2,y\n3,z\n");
    check_lines(table, {"2|y", "3|z"});
    BOOST_CHECK((table.rejected == Left{{1, "unclosed_quote", 1}}));
}

BOOST_AUTO_TEST_CASE(a_quote_closed_by_a_later_one_costs_one_line_too) {
    const auto table = read_table("a,b\n1,\"x\n2,\"y\"\n3,z\n");
    check_lines(table, {"2|y", "3|z"});
    BOOST_CHECK((table.rejected == Left{{1, "bad_quote", 1}}));
}

// Otherwise the ward of one patient would hold the names and numbers of all up to the next quote, and leave with it.
BOOST_AUTO_TEST_CASE(records_that_a_stray_quote_would_join_stay_apart) {
    const std::string header = "spell,nhs,name,ward\n";
    const auto joined = read_table(header + "1,943,Smith,\"A\n2,987,Jones,B\n3,111,Brown,C\"\n4,222,Green,D\n");
    check_lines(joined, {"2|987|Jones|B", "3|111|Brown|C\"", "4|222|Green|D"});
    BOOST_CHECK((joined.rejected == Left{{1, "unclosed_quote", 1}}));
    // In the middle of a row, and closed in the same place of the next one.
    check_lines(read_table(header + "1,943,\"Smith,A\n2,987,Jones\",B\n3,111,Brown,C\n"),
                {"2|987|Jones\"|B", "3|111|Brown|C"});
    // With other quotes on the first line.
    check_lines(read_table(header + "1,943,\"Smith, A\",\"A\n2,987,Jones,B\n3,111,Brown,C\"\n"),
                {"2|987|Jones|B", "3|111|Brown|C\""});
}

BOOST_AUTO_TEST_CASE(values_over_several_lines_are_taken) {
    const std::string header = "spell,nhs,address,ward\n";
    check_lines(read_table(header + "1,943,\"Flat 2\nHigh St, Leeds, LS1\",A\n\"2\n\",987,x,\"B\nC\"\n"),
                {"1|943|Flat 2\nHigh St, Leeds, LS1|A", "2\n|987|x|B\nC"});
    const std::string odd = "1,943,x,\"one\na,b,c,d\"\n";
    BOOST_CHECK(read_table(header + odd).rejected.size() == 1U);
    Dialect free;
    free.guard_lines = false;
    check_lines(read_table(header + odd, free), {"1|943|x|one\na,b,c,d"});
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_rejected_wherever_it_stands) {
    const std::vector<std::string> invalid = {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"};
    for (const auto& bytes : invalid) {
        const auto table = read_table("a,b\n1,\xC3\xA9\nx" + bytes + ",2\n3,\"" + bytes + "\"\n4,5\n");
        check_lines(table, {"1|\xC3\xA9", "4|5"});
        BOOST_CHECK((table.rejected == Left{{2, "invalid_encoding", 1}, {3, "invalid_encoding", 1}}));
    }
}

BOOST_AUTO_TEST_CASE(a_nul_byte_past_the_beginning_costs_its_row) {
    std::string content = "a,b\n";
    for (int i = 0; i < 2000; ++i) {
        content += "1,2\n";
    }
    content += std::string("x\0y,1\n", 6) + "3,4\n";
    const auto table = read_table(content);
    BOOST_CHECK_EQUAL(table.rows.size(), 2001U);
    BOOST_CHECK((table.rejected == Left{{2001, "nul_byte", 1}}));
}

BOOST_AUTO_TEST_CASE(a_record_is_too_long_by_its_own_bytes) {
    ReadLimits limits;
    limits.max_record_bytes = 1024;
    const std::string fits(1022, 'x');
    auto table = read_table("a,b\n" + fits + ",1\n" + fits + "y,1\n2,3\n", {}, limits);
    BOOST_CHECK_EQUAL(table.rows.size(), 2U);
    BOOST_CHECK((table.rejected == Left{{2, "record_too_long", 1}}));
    BOOST_CHECK_EQUAL(line_of(table.rows.back()), "2|3");
    // The same with CRLF, which does not count.
    table = read_table("a,b\r\n" + fits + ",1\r\n", {}, limits);
    BOOST_CHECK_EQUAL(table.rows.size(), 1U);
}

BOOST_AUTO_TEST_CASE(a_long_record_with_line_ends_in_it_is_an_unclosed_quote) {
    ReadLimits limits;
    limits.max_record_bytes = 1024;
    limits.bad_rows = 1'000'000;
    std::string content = "a,b\n0,\"never closed\n";
    for (int i = 1; i <= 1000; ++i) {
        content += std::to_string(i) + ",x\n";
    }
    const auto table = read_table(content, {}, limits);
    BOOST_CHECK_EQUAL(table.rows.size(), 1000U);
    BOOST_CHECK((table.rejected == Left{{1, "unclosed_quote", 1}}));
}

BOOST_AUTO_TEST_CASE(the_result_does_not_depend_on_how_the_file_is_cut_into_reads) {
    Dialect dialect;
    dialect.backslash = true;
    dialect.delimiter = "\xC3\xBE";
    dialect.trim = true;
    ReadLimits limits;
    limits.max_record_bytes = 1024;
    limits.batch_rows = 3;
    const std::string d = dialect.delimiter;
    const std::string content = "a" + d + "b\r\n1" + d + "\"x\\\"y\"\r\n\xC3\xA9" + d + " \"q\"\"q\" \r2" + d + "\\" +
                                d + "\n\n\"bad\"x" + d + "\n" + std::string(1025, 'l') + "\r\n3" + d + "\"open\r\n4" +
                                d + "5\r\n\xFF" + d + "\n" + std::string("n\0", 2) + d + "z\n6" + d +
                                "\\\r\n7\r\nlast" + d;
    // A NUL byte counts as binary only at the beginning, which is longer than this text: so it stands behind padding.
    std::string padded = content;
    std::string rows;
    for (int i = 0; i < 700; ++i) {
        rows += "pad" + d + "pad\n";
    }
    padded.insert(content.find('\n') + 1, rows);
    const auto whole = read_table(padded, dialect, limits);
    BOOST_CHECK_GT(whole.rejected.size(), 4U);
    for (const std::size_t at_once : {1U, 2U, 3U, 5U, 7U, 64U, 1000U}) {
        BOOST_CHECK(read_table(padded, dialect, limits, at_once) == whole);
    }
}

BOOST_AUTO_TEST_SUITE_END()
