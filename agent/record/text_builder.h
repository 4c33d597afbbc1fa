#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "agent/record/column.h"

namespace tributary {

/// Builds a text column value by value into buffers that are allocated once for the batch. One thread at a time.
class TextBuilder {
  public:
    /// For exactly `rows` values; `bytes` of text are expected, more are found when they are needed.
    TextBuilder(std::size_t rows, std::size_t bytes);

    /// Where the next value is written: at least `bytes` of room, until the next call. Throws Error(limit) when the
    /// column's text would pass 2 GiB.
    char* room(std::size_t bytes) {
        if (data_.size() - used_ < bytes) {
            grow(bytes);
        }
        return data_.data() + used_;
    }
    /// Ends the value that was written to room(): its length.
    void written(std::size_t bytes) {
        used_ += bytes;
        offsets_.push_back(static_cast<std::int32_t>(used_));
    }
    void append(std::string_view value) {
        char* const out = room(value.size());
        if (!value.empty()) {
            std::memcpy(out, value.data(), value.size());
        }
        written(value.size());
    }
    void append_null();

    /// The column. Throws Error(internal) unless there are as many values as announced. The builder is spent.
    Column finish();

  private:
    void grow(std::size_t bytes);

    std::size_t rows_;
    std::size_t used_ = 0;
    std::string data_;
    std::vector<std::int32_t> offsets_;
    std::vector<std::uint8_t> validity_;  // empty until the first null
    std::int64_t null_count_ = 0;
};

}  // namespace tributary
