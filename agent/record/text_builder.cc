#include "agent/record/text_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/platform/error.h"

namespace tributary {

TextBuilder::TextBuilder(std::size_t rows, std::size_t bytes) : rows_(rows), data_(bytes, '\0') {
    offsets_.reserve(rows + 1);
    offsets_.push_back(0);
}

void TextBuilder::grow(std::size_t bytes) {
    constexpr auto limit = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
    if (bytes > limit - used_) {
        throw Error(ErrorCode::limit, "a batch has a column of more than 2 GiB of text; smaller batches are needed");
    }
    data_.resize(std::min(limit, std::max(used_ + bytes, 2 * data_.size())));
}

void TextBuilder::append_null() {
    if (validity_.empty()) {
        validity_.assign((rows_ + 7) / 8, 0xff);
    }
    const std::size_t row = offsets_.size() - 1;
    if (row >= rows_) {
        throw Error(ErrorCode::internal, "a column was given more values than it has rows");
    }
    validity_[row >> 3U] = static_cast<std::uint8_t>(validity_[row >> 3U] & ~(1U << (row & 7U)));
    ++null_count_;
    written(0);
}

Column TextBuilder::finish() {
    if (offsets_.size() != rows_ + 1) {
        throw Error(ErrorCode::internal, "a column was not given as many values as it has rows");
    }
    data_.resize(used_);
    return Column::utf8(std::move(offsets_), std::move(data_), std::move(validity_), null_count_);
}

}  // namespace tributary
