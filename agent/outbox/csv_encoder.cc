#include "agent/outbox/csv_encoder.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "agent/outbox/number_text.h"
#include "agent/outbox/text_scan.h"

namespace tributary {

namespace {

/// What makes a text go between quotes, and what must be looked at (not ASCII: negative as signed).
constexpr bool is_special(char byte) noexcept {
    return (static_cast<int>(static_cast<signed char>(byte) < 0) | static_cast<int>(byte == '"') |
            static_cast<int>(byte == ',') | static_cast<int>(byte == '\r') | static_cast<int>(byte == '\n')) != 0;
}

char* put(char* out, std::string_view bytes) noexcept {
    std::memcpy(out, bytes.data(), bytes.size());
    return out + bytes.size();
}

}  // namespace

void CsvEncoder::write_quoted(std::string_view text) {
    writer_.append("\"");
    for_each_piece(text, [&](std::string_view piece) {
        char* out = writer_.room(piece.size() * replacement_character.size());
        while (!piece.empty()) {
            std::size_t length = 1;
            if (piece.front() == '"') {
                out = put(out, "\"\"");
            } else {
                length = utf8_sequence(piece);
                out = put(out, length == 0 ? replacement_character : piece.substr(0, length));
                length = length == 0 ? 1 : length;
            }
            piece.remove_prefix(length);
        }
        writer_.advance_to(out);
    });
    writer_.append("\"");
}

void CsvEncoder::write_text(std::string_view text) {
    if (text.empty() || contains_any(text, is_special)) {
        write_quoted(text);
        return;
    }
    for_each_piece(text, [&](std::string_view piece) { writer_.append(piece); });
}

void CsvEncoder::write_value(const Column& column, std::size_t row) {
    if (column.is_null(row)) {
        return;
    }
    char* const out = writer_.room(longest_number);
    switch (column.type()) {
        case ColumnType::int64:
            writer_.advance_to(std::to_chars(out, out + longest_number, column.int64(row)).ptr);
            break;
        case ColumnType::float64:
            if (const double number = column.float64(row); std::isfinite(number)) {
                writer_.advance_to(put_number(out, number));
            }
            break;
        case ColumnType::boolean:
            writer_.append(column.boolean(row) ? "true" : "false");
            break;
        default:
            write_text(column.text(row));
            break;
    }
}

void CsvEncoder::encode_header(const Schema& schema, const EncodedPieces& output) {
    writer_.begin(output);
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
        if (i > 0) {
            writer_.append(",");
        }
        write_text(schema.fields[i].name);
    }
    writer_.append("\r\n");
    writer_.flush();
}

void CsvEncoder::encode(const DeidentifiedBatch& batch, const EncodedPieces& output) {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        const auto& column = batch.column(i);
        const bool temporal = column.type() == ColumnType::date32 || column.type() == ColumnType::timestamp;
        columns.push_back(temporal ? column.as_text() : column);
    }
    writer_.begin(output);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i > 0) {
                writer_.append(",");
            }
            write_value(columns[i], row);
        }
        writer_.append("\r\n");
        writer_.end_row();
    }
    writer_.flush();
}

}  // namespace tributary
