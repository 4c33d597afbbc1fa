// Files of any content in any dialect and encoding, packed or not. What must hold: the result does not depend on how
// reads cut the file, reading on from any place where a batch ended gives the rest, and every row has the columns'
// number.

#include <cstdint>
#include <cstdlib>

#include "tests/unit/plugins/tables.h"

using namespace tributary::csv;
using namespace tributary::csv::test;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

Dialect dialect_of(std::uint8_t signs, std::uint8_t bits) {
    constexpr const char* delimiters[] = {",", "|", "\t", ";", "\xC3\xBE", "\xE2\x80\xA2", " ", "x"};
    constexpr char quotes[] = {'"', '"', '\'', '\0'};
    Dialect dialect;
    dialect.delimiter = delimiters[signs & 7U];
    dialect.quote = quotes[(signs >> 3U) & 3U];
    dialect.encoding = static_cast<Encoding>(1 + (signs >> 5U) % 6);
    dialect.backslash = (bits & 1U) != 0;
    dialect.trim = (bits & 2U) != 0;
    dialect.pad = (bits & 4U) != 0;
    dialect.header = (bits & 8U) == 0;
    if (!dialect.header || (bits & 16U) != 0) {
        dialect.columns = {"a", "b"};
    }
    if ((bits & 32U) != 0) {
        dialect.null_values = {"x", "NULL"};
    }
    return dialect;
}

std::optional<Table> table_of(const std::string& content, const Dialect& dialect, const ReadLimits& limits,
                              std::size_t at_once) {
    try {
        return read_table(content, dialect, limits, at_once);
    } catch (const BadFile&) {
        return std::nullopt;
    }
}

void check_resume(const std::string& content, const Dialect& dialect, const ReadLimits& limits, const Table& whole,
                  const Place& place) {
    auto reader = reader_of(content, dialect, limits, 11);
    if (reader.names().empty()) {
        return;
    }
    reader.resume(place.offset, place.next_row, place.rejected);
    Table rest;
    read_on(reader, rest);
    const auto rows_before = static_cast<std::ptrdiff_t>(place.rows_before);
    require(rest.rows == std::vector<Row>(whole.rows.begin() + rows_before, whole.rows.end()));
    require(rest.places.back().next_row == whole.places.back().next_row);
    require(rest.places.back().rejected == whole.places.back().rejected);
    require(rest.places.back().offset == whole.places.back().offset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) {
        return 0;
    }
    const Dialect dialect = dialect_of(data[0], data[1]);
    ReadLimits limits;
    limits.max_record_bytes = 64;
    limits.batch_rows = 3;
    limits.bad_rows = (data[1] & 64U) != 0 ? 2 : 1'000'000;
    const std::string content(data + 4, data + size);
    const auto whole = table_of(content, dialect, limits, SIZE_MAX);
    const auto pieces = table_of(content, dialect, limits, 1U + data[2] % 32U);
    require(whole == pieces);
    if (!whole) {
        return 0;
    }
    for (const auto& row : whole->rows) {
        require(row.size() == whole->names.size());
    }
    require(whole->rows.size() + whole->places.back().rejected == whole->places.back().next_row - 1);
    check_resume(content, dialect, limits, *whole, whole->places[data[3] % whole->places.size()]);
    return 0;
}
