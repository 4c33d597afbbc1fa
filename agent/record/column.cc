#include "agent/record/column.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "agent/platform/error.h"
#include "agent/record/civil_date.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

struct TextParts {
    std::vector<std::int32_t> offsets;
    std::string data;
    std::vector<std::uint8_t> validity;
};

constexpr std::size_t longest_value = 48;  // of what as_text writes
using Buffer = std::array<char, longest_value>;

std::string_view boolean_text(bool value) noexcept {
    return value ? "true" : "false";
}

std::string_view integer_text(Buffer& buffer, std::int64_t value) noexcept {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

/// An identifier that a database hands over as a float must not come out as 1e+11; hence whole numbers in digits.
std::string_view number_text(Buffer& buffer, double value) noexcept {
    constexpr double exactly_whole_below = 9'007'199'254'740'992.0;  // 2^53
    if (std::fabs(value) < exactly_whole_below && std::trunc(value) == value) {
        return integer_text(buffer, static_cast<std::int64_t>(value));
    }
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

/// Years beyond 0 to 9999 take ISO 8601's expanded form, with a sign.
std::size_t write_date(Buffer& buffer, std::int64_t days) noexcept {
    const CivilDate date = civil_date(days);
    const char* const form = date.year >= 0 && date.year <= 9999 ? "%04lld-%02u-%02u" : "%+05lld-%02u-%02u";
    return static_cast<std::size_t>(
        std::snprintf(buffer.data(), buffer.size(), form, static_cast<long long>(date.year), date.month, date.day));
}

std::string_view date_text(Buffer& buffer, std::int64_t days) noexcept {
    return {buffer.data(), write_date(buffer, days)};
}

std::string_view timestamp_text(Buffer& buffer, std::int64_t microseconds) noexcept {
    const CivilTime time = civil_time(microseconds);
    std::size_t size = write_date(buffer, time.days);
    const auto seconds = static_cast<unsigned>(time.microseconds / 1'000'000);
    const auto fraction = static_cast<unsigned>(time.microseconds % 1'000'000);
    const auto print = [&](const char* form, auto... values) {
        size += static_cast<std::size_t>(std::snprintf(buffer.data() + size, buffer.size() - size, form, values...));
    };
    print("T%02u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction != 0) {
        print(".%06u", fraction);
    }
    buffer[size++] = 'Z';
    return {buffer.data(), size};
}

}  // namespace

Column Column::utf8(std::vector<std::int32_t> offsets, std::string data, std::vector<std::uint8_t> validity,
                    std::int64_t null_count) {
    if (offsets.empty() || offsets.front() < 0 || static_cast<std::size_t>(offsets.back()) > data.size() ||
        (!validity.empty() && validity.size() < (offsets.size() - 1 + 7) / 8) || null_count < 0) {
        throw Error(ErrorCode::internal, "a text column was put together from parts that do not fit");
    }
    auto parts = std::make_shared<const TextParts>(TextParts{std::move(offsets), std::move(data), std::move(validity)});
    Column column;
    column.length_ = parts->offsets.size() - 1;
    column.null_count_ = parts->validity.empty() ? 0 : static_cast<std::size_t>(null_count);
    column.validity_ = column.null_count_ == 0 ? nullptr : parts->validity.data();
    column.offsets_ = parts->offsets.data();
    column.data_ = parts->data.data();
    column.owner_ = std::move(parts);
    return column;
}

Column Column::as_text() const {
    if (type_ == ColumnType::utf8) {
        return *this;
    }
    TextBuilder text(length_, length_ * 8);
    Buffer buffer{};
    for (std::size_t row = 0; row < length_; ++row) {
        if (is_null(row)) {
            text.append_null();
        } else if (type_ == ColumnType::int64) {
            text.append(integer_text(buffer, int64(row)));
        } else if (type_ == ColumnType::float64) {
            text.append(number_text(buffer, float64(row)));
        } else if (type_ == ColumnType::boolean) {
            text.append(boolean_text(boolean(row)));
        } else if (type_ == ColumnType::date32) {
            text.append(date_text(buffer, date32(row)));
        } else {
            text.append(timestamp_text(buffer, timestamp(row)));
        }
    }
    return text.finish();
}

std::size_t Column::byte_size() const noexcept {
    switch (type_) {
        case ColumnType::utf8:
            return static_cast<std::size_t>(offsets_[length_] - offsets_[0]);
        case ColumnType::boolean:
            return (length_ + 7) / 8;
        case ColumnType::date32:
            return length_ * sizeof(std::int32_t);
        case ColumnType::int64:
        case ColumnType::float64:
        case ColumnType::timestamp:
            break;
    }
    return length_ * sizeof(std::int64_t);
}

}  // namespace tributary
