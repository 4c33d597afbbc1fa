#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/record/schema.h"
#include "plugins/sdk/arrow_c_data.h"

namespace tributary {

/// One column of a batch: a type, a length and Arrow buffers that it shares with whoever made them. Immutable and cheap
/// to copy; may be read by several threads.
class Column {
  public:
    /// Takes over an Arrow array (its release is set to null) after checking its shape: buffers present, offsets rising
    /// and within int32, no dictionary. `offset` within the array is honoured. Throws Error(plugin) naming `place`
    /// ("column 3"; not a name, which may be a value where a file has no header). The array is released even when it
    /// throws.
    static Column import(ArrowArray& array, ColumnType type, std::string_view place);
    /// The same for `length` rows from `first` of what the array holds.
    static Column import_slice(ArrowArray& array, ColumnType type, std::string_view place, std::int64_t first,
                               std::int64_t length);

    /// Text column from its parts: `offsets` has length+1 entries, `validity` is a bit map (empty: no nulls), the text
    /// of a null is empty. TextBuilder makes them.
    static Column utf8(std::vector<std::int32_t> offsets, std::string data, std::vector<std::uint8_t> validity,
                       std::int64_t null_count);

    ColumnType type() const noexcept { return type_; }
    std::size_t length() const noexcept { return length_; }
    std::size_t null_count() const noexcept { return null_count_; }

    bool is_null(std::size_t row) const noexcept {
        return validity_ != nullptr && ((validity_[(row + offset_) >> 3U] >> ((row + offset_) & 7U)) & 1U) == 0;
    }
    /// For utf8 columns; empty for null.
    std::string_view text(std::size_t row) const noexcept {
        const auto begin = offsets_[row];
        return {data_ + begin, static_cast<std::size_t>(offsets_[row + 1] - begin)};
    }
    /// For utf8 columns: length()+1 offsets into text_data().
    const std::int32_t* text_offsets() const noexcept { return offsets_; }
    const char* text_data() const noexcept { return data_; }

    std::int64_t int64(std::size_t row) const noexcept {
        return static_cast<const std::int64_t*>(values_)[row + offset_];
    }
    double float64(std::size_t row) const noexcept { return static_cast<const double*>(values_)[row + offset_]; }
    bool boolean(std::size_t row) const noexcept {
        return ((static_cast<const std::uint8_t*>(values_)[(row + offset_) >> 3U] >> ((row + offset_) & 7U)) & 1U) != 0;
    }
    std::int32_t date32(std::size_t row) const noexcept {
        return static_cast<const std::int32_t*>(values_)[row + offset_];
    }
    std::int64_t timestamp(std::size_t row) const noexcept { return int64(row); }

    /// The column as text: itself if it is text; else the usual form: ISO 8601 for dates, and for timestamps with Z;
    /// plain digits for whole numbers, shortest round-trip for others; true and false.
    Column as_text() const;

    /// The rows of these numbers, in their order, as a column of its own.
    Column select(std::span<const std::uint32_t> rows) const;

    /// The column with null in these rows, which rise.
    Column without(std::span<const std::uint32_t> rows) const;

    /// Bytes that the column's values take, without offsets and bit maps; for sizing chunks.
    std::size_t byte_size() const noexcept;

  private:
    Column() = default;
    Column select_text(std::span<const std::uint32_t> rows) const;
    void take_validity(const ArrowArray& array, std::string_view place);
    void take_text(const ArrowArray& array, std::string_view place);
    void take_values(const ArrowArray& array, std::string_view place);
    /// Arrow lets a null stand over hidden bytes; ours have none.
    void empty_nulls();

    ColumnType type_ = ColumnType::utf8;
    std::size_t length_ = 0;
    std::size_t null_count_ = 0;
    std::size_t offset_ = 0;  // for bit maps and fixed-width values; already added to offsets_
    const std::uint8_t* validity_ = nullptr;
    const std::int32_t* offsets_ = nullptr;  // utf8
    const char* data_ = nullptr;             // utf8
    const void* values_ = nullptr;           // the others
    std::shared_ptr<const void> owner_;
};

}  // namespace tributary
