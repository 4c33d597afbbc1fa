#include "agent/deidentify/csv_table.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "agent/keys/digest.h"
#include "tests/fuzz/memory_file.h"

namespace {

using namespace tributary;

using Records = std::vector<std::vector<std::string>>;

struct Table {
    Records records;
    std::vector<std::uint64_t> lines;
    std::string fault;  ///< empty if it was read
    bool operator==(const Table&) const = default;
};

Table read(std::string_view bytes, std::size_t piece) {
    MemoryFile files(bytes, piece);
    Table table;
    try {
        const auto digest = read_csv_table(files, "table.csv", [&](const auto& values, std::uint64_t line) {
            table.records.push_back(values);
            table.lines.push_back(line);
        });
        if (digest != to_hex(sha256(bytes))) {
            std::abort();
        }
    } catch (const Error& error) {
        table.fault = error.what();
        if (error.code() != ErrorCode::input || !table.fault.starts_with("table.csv, line ")) {
            std::abort();
        }
    }
    return table;
}

/// RFC 4180 with every value in quotes.
std::string written(const Records& records) {
    std::string text;
    for (const auto& record : records) {
        for (std::size_t i = 0; i < record.size(); ++i) {
            text += i == 0 ? "\"" : ",\"";
            for (const char c : record[i]) {
                text.append(c == '"' ? 2 : 1, c);
            }
            text += '"';
        }
        text += "\r\n";
    }
    return text;
}

void check(bool right) {
    if (!right) {
        std::abort();
    }
}

}  // namespace

// A table is refused with its line, or has the same records in whatever pieces it is read, and they come back when they
// are written; and any text comes back from quotes, and without them if it has nothing that needs them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    constexpr std::size_t whole_file = std::numeric_limits<std::size_t>::max();
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Table table = read(bytes, whole_file);
    check(table == read(bytes, 1) && table == read(bytes, 5));
    for (std::size_t i = 0; i < table.lines.size(); ++i) {
        check(!table.records[i].empty() && table.lines[i] > (i == 0 ? 0 : table.lines[i - 1]));
    }
    check(read(written(table.records), whole_file).records == table.records);
    if (size == 0) {
        return 0;
    }
    const std::string text(bytes);
    const Records quoted = {{text, text}, {"", text}};
    check(read(written(quoted), whole_file).records == quoted);
    if (text.find_first_of(",\"\r\n") == std::string::npos && !text.starts_with(byte_order_mark)) {
        check(read(text, whole_file).records == Records{{text}});
        check(read(text + ",x\n", 1).records == Records{{text, "x"}});
    }
    return 0;
}
