#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/csv/table_reader.h"

namespace tributary::csv::test {

/// A file in memory that gives at most so many bytes a read.
class MemoryFile final : public ReadableFile {
  public:
    explicit MemoryFile(std::string content, std::size_t at_once = SIZE_MAX)
        : content_(std::move(content)), at_once_(at_once) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), at_once_, content_.size() - offset_});
        std::memcpy(into.data(), content_.data() + offset_, count);
        offset_ += count;
        return count;
    }
    void seek(std::uint64_t offset) override { offset_ = std::min(static_cast<std::size_t>(offset), content_.size()); }
    FileStamp stamp() const override { return {content_.size(), 0, 1, true}; }

  private:
    std::string content_;
    std::size_t at_once_;
    std::size_t offset_ = 0;
};

using Value = std::optional<std::string>;  ///< none: null
using Row = std::vector<Value>;

inline Value value_at(const ArrowArray& column, std::size_t row) {
    const auto* validity = static_cast<const std::uint8_t*>(column.buffers[0]);
    if (validity != nullptr && ((validity[row / 8] >> (row % 8)) & 1U) == 0) {
        return std::nullopt;
    }
    const auto* offsets = static_cast<const std::int32_t*>(column.buffers[1]);
    const auto* data = static_cast<const char*>(column.buffers[2]);
    return std::string(data + offsets[row], data + offsets[row + 1]);
}

inline std::vector<Row> rows_of(const ArrowArray& array) {
    std::vector<Row> rows(static_cast<std::size_t>(array.length));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::int64_t i = 0; i < array.n_children; ++i) {
            rows[row].push_back(value_at(*array.children[i], row));
        }
    }
    return rows;
}

struct RejectedRow {
    std::uint64_t row;
    std::string reason;
    std::uint64_t count;
    bool operator==(const RejectedRow&) const = default;
};

/// A place at which a batch ended.
struct Place {
    std::uint64_t offset;
    std::uint64_t next_row;
    std::uint64_t rejected;
    std::size_t rows_before;
    bool operator==(const Place&) const = default;
};

struct Table {
    std::vector<std::string> names;
    std::vector<Row> rows;
    std::vector<std::uint64_t> numbers;  ///< of the rows
    std::vector<RejectedRow> rejected;
    std::vector<Place> places;
    std::vector<std::string> warnings;
    bool operator==(const Table&) const = default;
};

inline void append(Table& table, TableReader& reader, Piece& piece) {
    if (piece.rows > 0) {
        for (auto& row : rows_of(piece.array)) {
            table.rows.push_back(std::move(row));
        }
        piece.array.release(&piece.array);
        for (std::uint64_t i = 0; i < piece.rows; ++i) {
            table.numbers.push_back(piece.first_row + i);
        }
    }
    for (std::size_t i = 0; i < row_fault_count; ++i) {
        if (piece.rejected[i].count > 0) {
            table.rejected.push_back({piece.rejected[i].first_row, std::string(to_string(static_cast<RowFault>(i))),
                                      piece.rejected[i].count});
        }
    }
    table.places.push_back({reader.offset(), reader.next_row(), reader.rejected(), table.rows.size()});
}

inline void read_on(TableReader& reader, Table& table) {
    for (bool end = false; !end;) {
        Piece piece;
        if (reader.step(piece)) {
            end = piece.end;
            append(table, reader, piece);
        }
    }
}

inline TableReader reader_of(const std::string& content, const Dialect& dialect = {}, const ReadLimits& limits = {},
                             std::size_t at_once = SIZE_MAX) {
    auto text =
        std::make_unique<TextInput>(open_bytes(std::make_unique<MemoryFile>(content, at_once)), dialect.encoding);
    TableReader reader(std::move(text), dialect, limits);
    while (!reader.read_header()) {
    }
    return reader;
}

/// The whole file. `at_once`: bytes that a read of it gives.
inline Table read_table(const std::string& content, const Dialect& dialect = {}, const ReadLimits& limits = {},
                        std::size_t at_once = SIZE_MAX) {
    auto reader = reader_of(content, dialect, limits, at_once);
    Table table;
    table.names = reader.names();
    table.warnings = reader.warnings();
    read_on(reader, table);
    return table;
}

/// A record as one line: "a|b|~" (~ is null), for comparing.
inline std::string line_of(const Row& row) {
    std::string line;
    for (const auto& value : row) {
        line += (line.empty() && &value == &row.front() ? "" : "|") + value.value_or("~");
    }
    return line;
}

inline std::vector<std::string> lines_of(const Table& table) {
    std::vector<std::string> lines;
    for (const auto& row : table.rows) {
        lines.push_back(line_of(row));
    }
    return lines;
}

}  // namespace tributary::csv::test
