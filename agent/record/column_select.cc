#include <cstring>
#include <utility>

#include "agent/record/column.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

struct Values {
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint8_t> validity;
};

void set_bit(std::vector<std::uint8_t>& bits, std::size_t at) noexcept {
    bits[at >> 3U] = static_cast<std::uint8_t>(bits[at >> 3U] | 1U << (at & 7U));
}

template <typename Value, typename Read>
void copy_values(std::span<const std::uint32_t> rows, std::vector<std::uint8_t>& bytes, Read read) {
    bytes.resize(rows.size() * sizeof(Value));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Value value = read(rows[i]);
        std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    }
}

}  // namespace

/// Rows that follow one another are copied in one piece: of a long batch only a few are left out. The text of a null is
/// empty, so that it takes no bytes.
Column Column::select_text(std::span<const std::uint32_t> rows) const {
    std::vector<std::int32_t> offsets;
    offsets.reserve(rows.size() + 1);
    offsets.push_back(0);
    std::string data;
    data.reserve(byte_size());
    for (std::size_t i = 0; i < rows.size();) {
        std::size_t end = i + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1) {
            ++end;
        }
        const std::int32_t* const from = offsets_ + rows[i];
        const std::int32_t shift = static_cast<std::int32_t>(data.size()) - from[0];
        data.append(data_ + from[0], static_cast<std::size_t>(from[end - i] - from[0]));
        for (std::size_t j = 1; j <= end - i; ++j) {
            offsets.push_back(from[j] + shift);
        }
        i = end;
    }
    std::vector<std::uint8_t> validity;
    std::int64_t nulls = 0;
    if (null_count_ > 0) {
        validity.resize(rows.size() / 8 + 1);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (is_null(rows[i])) {
                ++nulls;
            } else {
                set_bit(validity, i);
            }
        }
    }
    return utf8(std::move(offsets), std::move(data), std::move(validity), nulls);
}

Column Column::select(std::span<const std::uint32_t> rows) const {
    if (type_ == ColumnType::utf8) {
        return select_text(rows);
    }
    auto values = std::make_shared<Values>();
    values->validity.resize(rows.size() / 8 + 1);
    Column column;
    column.type_ = type_;
    column.length_ = rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_null(rows[i])) {
            ++column.null_count_;
        } else {
            set_bit(values->validity, i);
        }
    }
    switch (type_) {
        case ColumnType::boolean:
            values->bytes.resize(rows.size() / 8 + 1);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (boolean(rows[i])) {
                    set_bit(values->bytes, i);
                }
            }
            break;
        case ColumnType::date32:
            copy_values<std::int32_t>(rows, values->bytes, [this](std::size_t row) { return date32(row); });
            break;
        case ColumnType::float64:
            copy_values<double>(rows, values->bytes, [this](std::size_t row) { return float64(row); });
            break;
        case ColumnType::timestamp:
            copy_values<std::int64_t>(rows, values->bytes, [this](std::size_t row) { return timestamp(row); });
            break;
        case ColumnType::int64:
        case ColumnType::utf8:
            copy_values<std::int64_t>(rows, values->bytes, [this](std::size_t row) { return int64(row); });
            break;
    }
    column.validity_ = column.null_count_ == 0 ? nullptr : values->validity.data();
    column.values_ = values->bytes.data();
    column.owner_ = std::move(values);
    return column;
}

Column Column::without(std::span<const std::uint32_t> rows) const {
    auto next = rows.begin();
    const auto goes = [&](std::size_t row) {
        const bool found = next != rows.end() && *next == row;
        next += found ? 1 : 0;
        return found;
    };
    if (type_ == ColumnType::utf8) {
        TextBuilder left(length_, byte_size());
        for (std::size_t row = 0; row < length_; ++row) {
            if (goes(row) || is_null(row)) {
                left.append_null();
            } else {
                left.append(text(row));
            }
        }
        return left.finish();
    }
    // What stood under the new nulls must not stay there: zeros, and the other values behind each other.
    auto values = std::make_shared<Values>();
    const std::size_t width = type_ == ColumnType::boolean ? 0 : type_ == ColumnType::date32 ? 4 : 8;
    values->bytes.resize(width == 0 ? length_ / 8 + 1 : length_ * width);
    values->validity.resize(length_ / 8 + 1);
    Column column;
    column.type_ = type_;
    column.length_ = length_;
    for (std::size_t row = 0; row < length_; ++row) {
        if (goes(row) || is_null(row)) {
            ++column.null_count_;
            continue;
        }
        set_bit(values->validity, row);
        if (width != 0) {
            std::memcpy(values->bytes.data() + row * width, static_cast<const char*>(values_) + (row + offset_) * width,
                        width);
        } else if (boolean(row)) {
            set_bit(values->bytes, row);
        }
    }
    column.validity_ = column.null_count_ == 0 ? nullptr : values->validity.data();
    column.values_ = values->bytes.data();
    column.owner_ = std::move(values);
    return column;
}

}  // namespace tributary
