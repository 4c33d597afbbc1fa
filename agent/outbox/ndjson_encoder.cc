#include "agent/outbox/ndjson_encoder.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "agent/outbox/number_text.h"
#include "agent/outbox/text_scan.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t longest_escape = 6;  // \u001f; a byte of invalid UTF-8 takes three

/// What cannot stand in a JSON string as it is, and what must be looked at (not ASCII: negative as signed).
constexpr bool is_special(char byte) noexcept {
    return (static_cast<int>(static_cast<signed char>(byte) < 0x20) | static_cast<int>(byte == '"') |
            static_cast<int>(byte == '\\')) != 0;
}

/// Not 0 if one of the eight bytes is special. Borrows between bytes only ever mark too many.
std::uint64_t special_in(std::uint64_t word) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t high = 0x8080808080808080U;
    const auto below = [&](std::uint64_t value, std::uint64_t limit) { return (value - ones * limit) & ~value; };
    return (word | below(word, 0x20) | below(word ^ (ones * '"'), 1) | below(word ^ (ones * '\\'), 1)) & high;
}

char* escape_ascii(unsigned char byte, char* out) noexcept {
    constexpr char digits[] = "0123456789abcdef";
    *out++ = '\\';
    switch (byte) {
        case '"':
            *out++ = '"';
            break;
        case '\\':
            *out++ = '\\';
            break;
        case '\b':
            *out++ = 'b';
            break;
        case '\f':
            *out++ = 'f';
            break;
        case '\n':
            *out++ = 'n';
            break;
        case '\r':
            *out++ = 'r';
            break;
        case '\t':
            *out++ = 't';
            break;
        default:
            std::memcpy(out, "u00", 3);
            out[3] = digits[byte >> 4U];
            out[4] = digits[byte & 15U];
            out += 5;
    }
    return out;
}

/// Writes one piece of a text with escapes; room for longest_escape bytes a byte, and eight more, is there.
char* escape(std::string_view text, char* out) noexcept {
    while (!text.empty()) {
        if (text.size() >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data(), sizeof word);
            if (special_in(word) == 0) {
                std::memcpy(out, &word, sizeof word);
                out += sizeof word;
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const auto byte = static_cast<unsigned char>(text.front());
        std::size_t length = 1;
        if (!is_special(text.front())) {
            *out++ = static_cast<char>(byte);
        } else if (byte < 0x80) {
            out = escape_ascii(byte, out);
        } else if (const auto sequence = utf8_sequence(text); sequence != 0) {
            std::memcpy(out, text.data(), sequence);
            out += sequence;
            length = sequence;
        } else {
            std::memcpy(out, replacement_character.data(), replacement_character.size());
            out += replacement_character.size();
        }
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace

/// How a column of one batch is written.
struct NdjsonEncoder::Plan {
    const Column* column = nullptr;
    std::string_view prefix;
    ColumnType type = ColumnType::utf8;
    bool plain = false;                    // no value of the batch needs an escape: copy
    const char* readable_until = nullptr;  // of the text's buffer; copies may read past a value, never past this
    std::optional<Column> text;            // of dates and times
};

void NdjsonEncoder::prepare(const Schema& schema) {
    if (!prefixes_.empty() && schema == schema_) {
        return;
    }
    schema_ = schema;
    prefixes_.clear();
    for (const auto& field : schema.fields) {
        std::string name(field.name.size() * longest_escape + sizeof(std::uint64_t), '\0');
        name.resize(static_cast<std::size_t>(escape(field.name, name.data()) - name.data()));
        if (name.size() > ByteWriter::largest_room / 2) {
            throw Error(ErrorCode::limit, "a field's name is longer than any can be");
        }
        prefixes_.push_back((prefixes_.empty() ? "{\"" : ",\"") + name + "\":");
    }
}

void NdjsonEncoder::encode_header(const Schema& schema, const EncodedPieces&) {
    prepare(schema);
}

void NdjsonEncoder::write_text(const Plan& plan, std::size_t row) {
    constexpr std::size_t step = 16;
    const auto text = plan.column->text(row);
    char* out = writer_.room(plan.prefix.size() + 1);
    std::memcpy(out, plan.prefix.data(), plan.prefix.size());
    out += plan.prefix.size();
    *out++ = '"';
    writer_.advance_to(out);
    if (plan.plain && text.size() <= 4 * step &&
        plan.readable_until - text.data() >= static_cast<std::ptrdiff_t>(4 * step)) {
        // Short and without specials: whole steps are copied, and what was too much is written over.
        out = writer_.room(4 * step + 1);
        for (std::size_t done = 0; done < text.size(); done += step) {
            std::memcpy(out + done, text.data() + done, step);
        }
        out += text.size();
    } else {
        for_each_piece(text, [&](std::string_view piece) {
            out = writer_.room(piece.size() * longest_escape + sizeof(std::uint64_t) + 1);
            if (plan.plain) {
                std::memcpy(out, piece.data(), piece.size());
                out += piece.size();
            } else {
                out = escape(piece, out);
            }
            writer_.advance_to(out);
        });
    }
    *out++ = '"';
    writer_.advance_to(out);
}

void NdjsonEncoder::write_value(const Plan& plan, std::size_t row) {
    const auto& column = *plan.column;
    if (!column.is_null(row) && plan.type == ColumnType::utf8) {
        write_text(plan, row);
        return;
    }
    char* out = writer_.room(plan.prefix.size() + longest_number);
    std::memcpy(out, plan.prefix.data(), plan.prefix.size());
    out += plan.prefix.size();
    const auto word = [&](std::string_view text) {
        std::memcpy(out, text.data(), text.size());
        out += text.size();
    };
    if (column.is_null(row)) {
        word("null");
    } else if (plan.type == ColumnType::int64) {
        out = std::to_chars(out, out + longest_number, column.int64(row)).ptr;
    } else if (plan.type == ColumnType::boolean) {
        word(column.boolean(row) ? "true" : "false");
    } else if (const double number = column.float64(row); std::isfinite(number)) {
        out = put_number(out, number);
    } else {
        word("null");
    }
    writer_.advance_to(out);
}

void NdjsonEncoder::encode(const DeidentifiedBatch& batch, const EncodedPieces& output) {
    prepare(batch.schema());
    std::vector<Plan> plans(prefixes_.size());
    for (std::size_t i = 0; i < plans.size(); ++i) {
        auto& plan = plans[i];
        plan.column = &batch.column(i);
        plan.prefix = prefixes_[i];
        plan.type = plan.column->type();
        if (plan.type == ColumnType::date32 || plan.type == ColumnType::timestamp) {
            plan.text = plan.column->as_text();
            plan.column = &*plan.text;
            plan.type = ColumnType::utf8;
        }
        if (plan.type == ColumnType::utf8) {
            const auto all = all_text(*plan.column);
            plan.plain = !contains_any(all, is_special);
            plan.readable_until = all.data() + all.size();
        }
    }
    writer_.begin(output);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        if (plans.empty()) {
            writer_.append("{");
        }
        for (const auto& plan : plans) {
            write_value(plan, row);
        }
        writer_.append("}\n");
        writer_.end_row();
    }
    writer_.flush();
}

}  // namespace tributary
