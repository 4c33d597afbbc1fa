#include "service/agent/statement.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace tributary;

namespace {

const Statement hostile = {
    "A <b>title</b> & more",
    {StatementHeading{"Stream <script>alert(1)</script>", 2}, StatementParagraph{"a | b \\ *c* [d](e) \"quoted\""},
     StatementTable{{"<th>", "two"}, {{"1 | 2", "<img src=x>"}, {"", "line\nend"}}},
     StatementTable{{}, {{"name", "value"}}}}};

template <typename Write>
std::string written(Write write) {
    std::ostringstream output;
    write(hostile, output);
    return output.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(statement_tests)

BOOST_AUTO_TEST_CASE(a_page_shows_hostile_text_as_text) {
    const auto page = written(write_html);
    BOOST_TEST(page.starts_with("<!DOCTYPE html>"));
    BOOST_TEST(page.find("<script") == std::string::npos);
    BOOST_TEST(page.find("<img") == std::string::npos);
    BOOST_TEST(page.find("<b>") == std::string::npos);
    BOOST_TEST(page.find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
    BOOST_TEST(page.find("<th scope=\"row\">name</th><td>value</td>") != std::string::npos);
    BOOST_TEST(page.find("http://") == std::string::npos);
    BOOST_TEST(page.find("https://") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(markdown_shows_hostile_text_as_text_and_keeps_its_cells) {
    const auto text = written(write_markdown);
    BOOST_TEST(text.starts_with("# A \\<b\\>title\\</b\\> & more\n"));
    BOOST_TEST(text.find("| 1 \\| 2 | \\<img src=x\\> |\n|  | line end |\n") != std::string::npos);
    BOOST_TEST(text.find("\\*c\\* \\[d\\](e)") != std::string::npos);
    BOOST_TEST(text.find("|  |  |\n| --- | --- |\n| name | value |\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
