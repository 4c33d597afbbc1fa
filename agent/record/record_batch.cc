#include "agent/record/record_batch.h"

#include <utility>

#include "agent/platform/error.h"

namespace tributary {

RecordBatch::RecordBatch(std::shared_ptr<const Schema> schema, std::vector<Column> columns, std::uint64_t first_row,
                         std::string origin)
    : schema_(std::move(schema)), columns_(std::move(columns)), first_row_(first_row), origin_(std::move(origin)) {
    if (schema_ == nullptr || columns_.size() != schema_->fields.size()) {
        throw Error(ErrorCode::plugin, "a batch does not have its schema's number of columns");
    }
    rows_ = columns_.empty() ? 0 : columns_.front().length();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const Field& field = schema_->fields[i];
        if (columns_[i].type() != field.type) {
            throw Error(ErrorCode::plugin, "column " + std::to_string(i + 1) + " of a batch is " +
                                               std::string(to_string(columns_[i].type())) + " and not " +
                                               std::string(to_string(field.type)) + ", as its schema says");
        }
        if (columns_[i].length() != rows_) {
            throw Error(ErrorCode::plugin, "column " + std::to_string(i + 1) + " of a batch has " +
                                               std::to_string(columns_[i].length()) + " rows and the first one has " +
                                               std::to_string(rows_));
        }
    }
}

std::size_t RecordBatch::byte_size() const noexcept {
    std::size_t bytes = 0;
    for (const Column& column : columns_) {
        bytes += column.byte_size();
    }
    return bytes;
}

RecordBatch RecordBatch::select(std::span<const std::uint32_t> rows) && {
    std::vector<Column> columns;
    columns.reserve(columns_.size());
    for (Column& column : columns_) {
        columns.push_back(column.select(rows));
    }
    return {schema_, std::move(columns), first_row_, std::move(origin_)};
}

}  // namespace tributary
