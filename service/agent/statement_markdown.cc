#include "service/agent/statement.h"

namespace tributary {
namespace {

/// Text that Markdown takes for nothing but text.
std::string escaped(const std::string& text) {
    constexpr std::string_view special = "\\`*_{}[]<>#|~";
    std::string result;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            result += ' ';
            continue;
        }
        if (special.find(c) != std::string_view::npos) {
            result += '\\';
        }
        result += c;
    }
    return result;
}

struct MarkdownWriter {
    std::ostream& output;

    void operator()(const StatementHeading& heading) const {
        output << '\n' << std::string(heading.level, '#') << ' ' << escaped(heading.text) << '\n';
    }
    void operator()(const StatementParagraph& paragraph) const { output << '\n' << escaped(paragraph.text) << '\n'; }
    void operator()(const StatementTable& table) const {
        output << '\n';
        const std::size_t width = table.columns.empty() ? 2 : table.columns.size();
        write_row(table.columns.empty() ? std::vector<std::string>(width) : table.columns);
        for (std::size_t i = 0; i < width; ++i) {
            output << "| --- ";
        }
        output << "|\n";
        for (const auto& row : table.rows) {
            write_row(row);
        }
    }

    void write_row(const std::vector<std::string>& cells) const {
        for (const std::string& cell : cells) {
            output << "| " << escaped(cell) << ' ';
        }
        output << "|\n";
    }
};

}  // namespace

void write_markdown(const Statement& statement, std::ostream& output) {
    output << "# " << escaped(statement.title) << '\n';
    for (const StatementBlock& block : statement.blocks) {
        std::visit(MarkdownWriter{output}, block);
    }
}

}  // namespace tributary
