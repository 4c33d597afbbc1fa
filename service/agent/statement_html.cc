#include <Poco/Net/EscapeHTMLStream.h>

#include <sstream>

#include "service/agent/statement.h"

namespace tributary {
namespace {

constexpr const char* style = R"css(
body { font: 11pt/1.45 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; border-bottom: 3px solid #005eb8; padding-bottom: .4rem; }
h2 { font-size: 1.25rem; margin-top: 2.2rem; color: #003f7d; }
h3 { font-size: 1rem; margin-top: 1.4rem; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; font-size: .92em; }
th, td { border: 1px solid #c3ccd5; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eaf1f8; }
thead { display: table-header-group; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 9.5pt; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
  a { color: inherit; }
}
@page { size: A4; margin: 16mm 14mm; }
)css";

std::string escaped(const std::string& text) {
    std::ostringstream output;
    Poco::Net::EscapeHTMLOutputStream escaping(output);
    escaping << text;
    return output.str();
}

struct HtmlWriter {
    std::ostream& output;

    void operator()(const StatementHeading& heading) const {
        output << "<h" << heading.level << '>' << escaped(heading.text) << "</h" << heading.level << ">\n";
    }
    void operator()(const StatementParagraph& paragraph) const {
        output << "<p>" << escaped(paragraph.text) << "</p>\n";
    }
    void operator()(const StatementTable& table) const {
        const bool named = table.columns.empty();
        output << "<table>\n";
        if (!named) {
            output << "<thead><tr>";
            for (const std::string& column : table.columns) {
                output << "<th scope=\"col\">" << escaped(column) << "</th>";
            }
            output << "</tr></thead>\n";
        }
        output << "<tbody>\n";
        for (const auto& row : table.rows) {
            output << "<tr>";
            for (std::size_t i = 0; i < row.size(); ++i) {
                output << (named && i == 0 ? "<th scope=\"row\">" : "<td>") << escaped(row[i])
                       << (named && i == 0 ? "</th>" : "</td>");
            }
            output << "</tr>\n";
        }
        output << "</tbody>\n</table>\n";
    }
};

}  // namespace

void write_html(const Statement& statement, std::ostream& output) {
    output
        << "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
           "<title>"
        << escaped(statement.title) << "</title>\n<style>" << style << "</style>\n</head>\n<body>\n<h1>"
        << escaped(statement.title) << "</h1>\n";
    for (const StatementBlock& block : statement.blocks) {
        std::visit(HtmlWriter{output}, block);
    }
    output << "</body>\n</html>\n";
}

}  // namespace tributary
