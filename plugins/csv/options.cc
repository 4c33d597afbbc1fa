#include "plugins/csv/options.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/platform/utf8.h"
#include "plugins/csv/header.h"
#include "plugins/csv/name_pattern.h"
#include "plugins/csv/option_reader.h"

namespace tributary::csv {

namespace {

constexpr std::size_t most_columns = 4096;
constexpr std::size_t longest_name = 256;

/// Taken from the folder of the configuration file.
std::filesystem::path resolve(const OptionReader& options, const std::string& name, const std::string& text,
                              const std::string& base_folder) {
    if (text.empty() || text.find('\0') != std::string::npos || find_invalid_utf8(text) != std::string::npos) {
        options.fail(name, "the path of a folder is needed");
    }
    auto path = (path_from_utf8(base_folder) / path_from_utf8(text)).lexically_normal();
    return path.has_filename() ? path : path.parent_path();  // "incoming/" is "incoming"
}

bool is_one_character(std::string_view text) {
    const auto first = first_utf8_character(text);
    return first.valid && first.size == text.size();
}

void read_delimiter(const OptionReader& options, Dialect& dialect) {
    if (auto delimiter = options.text("delimiter")) {
        dialect.delimiter = *delimiter == "\\t" || *delimiter == "tab" ? "\t" : std::move(*delimiter);
        if (!is_one_character(dialect.delimiter)) {
            options.fail("delimiter", "one character is needed, such as \",\" or \"|\" or \"tab\"");
        }
        if (dialect.delimiter.find_first_of(std::string_view("\r\n\0\\", 4)) != std::string::npos) {
            options.fail("delimiter", "a line end, NUL or backslash cannot be the delimiter");
        }
    }
    if (const auto quote = options.text("quote")) {
        if (*quote == "none") {
            dialect.quote = '\0';
        } else if (quote->size() == 1 && static_cast<unsigned char>(quote->front()) > 0x20U &&
                   static_cast<unsigned char>(quote->front()) < 0x7FU && *quote != "\\") {
            dialect.quote = quote->front();
        } else {
            options.fail("quote", "one printable ASCII character other than a backslash is needed, or \"none\"");
        }
    }
    if (dialect.delimiter.front() == dialect.quote) {
        options.fail("delimiter", "delimiter and quote are the same character");
    }
}

void read_columns(const OptionReader& options, Dialect& dialect) {
    dialect.columns = options.texts("columns", most_columns).value_or(std::vector<std::string>());
    std::set<std::string> seen;
    for (const auto& column : dialect.columns) {
        if (column.empty() || column.size() > longest_name || find_invalid_utf8(column) != std::string::npos ||
            has_control_characters(column) || !seen.insert(column).second) {
            options.fail("columns",
                         "each column needs a name of its own, of 1 to 256 bytes, without control characters");
        }
    }
    if (options.has("columns") && dialect.columns.empty()) {
        options.fail("columns", "the list is empty");
    }
    dialect.header = options.boolean("header").value_or(true);
    if (!dialect.header && dialect.columns.empty()) {
        options.fail("header", "without a header the names must be given by 'columns'");
    }
}

StreamOptions read_stream(const sdk::Stream& stream) {
    const OptionReader options(stream.options, "/streams/" + stream.name,
                               {"files", "delimiter", "quote", "escape", "header", "columns", "encoding", "ragged",
                                "null_values", "trim", "multiline"});
    StreamOptions result;
    result.name = stream.name;
    result.files = options.text("files").value_or("");
    if (const auto why = why_no_pattern(result.files); !why.empty()) {
        options.fail("files", std::string(why));
    }
    auto& dialect = result.dialect;
    read_delimiter(options, dialect);
    read_columns(options, dialect);
    dialect.backslash = options.choice("escape", {"doubled", "backslash"}).value_or(0) == 1;
    constexpr Encoding encodings[] = {Encoding::utf8,  Encoding::windows_1252, Encoding::iso_8859_1,
                                      Encoding::utf16, Encoding::utf16_le,     Encoding::utf16_be};
    dialect.encoding =
        encodings[options.choice("encoding", {"utf-8", "windows-1252", "iso-8859-1", "utf-16", "utf-16le", "utf-16be"})
                      .value_or(0)];
    dialect.pad = options.choice("ragged", {"reject", "pad"}).value_or(0) == 1;
    dialect.trim = options.boolean("trim").value_or(false);
    dialect.guard_lines = options.choice("multiline", {"checked", "free"}).value_or(0) == 0;
    dialect.null_values = options.texts("null_values", 100).value_or(std::vector<std::string>{""});
    return result;
}

void check_streams(const std::vector<StreamOptions>& streams) {
    for (std::size_t i = 0; i < streams.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (streams[i].files == streams[j].files) {
                throw sdk::Failure(TRIBUTARY_CONFIGURATION,
                                   "streams '" + streams[j].name + "' and '" + streams[i].name +
                                       "' ask for the same files; a file can feed one stream only",
                                   "/streams/" + streams[i].name + "/files");
            }
        }
    }
}

}  // namespace

std::filesystem::path path_from_utf8(std::string_view text) {
    return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

std::string to_utf8(const std::filesystem::path& path) {
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
}

SourceOptions read_options(std::string_view json, const std::vector<sdk::Stream>& streams,
                           const std::string& base_folder) {
    const OptionReader options(
        json, "",
        {"folder", "settle", "afterwards", "moved_to", "done_file", "max_record_bytes", "bad_row_limit", "batch_rows"});
    SourceOptions result;
    if (!options.has("folder")) {
        options.fail("folder", "it is missing: the folder that files are dropped into");
    }
    result.folder = resolve(options, "folder", *options.text("folder"), base_folder);
    result.settle = options.duration("settle").value_or(result.settle);
    constexpr Afterwards choices[] = {Afterwards::move, Afterwards::erase, Afterwards::leave};
    result.afterwards = choices[options.choice("afterwards", {"move", "delete", "leave"}).value_or(0)];
    result.moved_to = result.folder / "taken";
    if (const auto moved_to = options.text("moved_to")) {
        if (result.afterwards != Afterwards::move) {
            options.fail("moved_to", "it needs afterwards: move");
        }
        result.moved_to = resolve(options, "moved_to", *moved_to, base_folder);
        if (result.moved_to == result.folder) {
            options.fail("moved_to", "it is the folder that files are taken from; name another one");
        }
    }
    if (auto done_file = options.text("done_file")) {
        result.done_file = std::move(*done_file);
        if (result.done_file.size() < 2 || result.done_file.front() != '.' ||
            result.done_file.find_first_of("/\\*?") != std::string::npos) {
            options.fail("done_file", "the ending of a file name is needed, such as \".done\"");
        }
    }
    auto& limits = result.limits;
    limits.max_record_bytes = static_cast<std::size_t>(
        options.number("max_record_bytes", 1024, 64U << 20U).value_or(limits.max_record_bytes));
    limits.bad_rows = options.number("bad_row_limit", 0, 1'000'000'000).value_or(limits.bad_rows);
    limits.batch_rows = static_cast<std::size_t>(options.number("batch_rows", 1, 65'536).value_or(limits.batch_rows));
    for (const auto& stream : streams) {
        result.streams.push_back(read_stream(stream));
    }
    check_streams(result.streams);
    return result;
}

}  // namespace tributary::csv
