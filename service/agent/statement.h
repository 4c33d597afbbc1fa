#pragma once

#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace tributary {

/// A document for people, written once and rendered as a page or as Markdown.
struct StatementHeading {
    std::string text;
    unsigned level = 2;  ///< 2 for a part, 3 for a part of it
};

struct StatementParagraph {
    std::string text;
};

struct StatementTable {
    std::vector<std::string> columns;  ///< none: rows of a name and what it is
    std::vector<std::vector<std::string>> rows;
};

using StatementBlock = std::variant<StatementHeading, StatementParagraph, StatementTable>;

struct Statement {
    std::string title;
    std::vector<StatementBlock> blocks;
};

/// One HTML page that needs nothing else: no script, no font, no picture from elsewhere; made to be printed.
void write_html(const Statement& statement, std::ostream& output);
/// GitHub-flavoured Markdown.
void write_markdown(const Statement& statement, std::ostream& output);

}  // namespace tributary
