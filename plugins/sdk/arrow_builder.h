#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sdk/arrow_c_data.h"

namespace tributary::sdk {

namespace detail {

struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};
template <typename T>
using Buffer = std::unique_ptr<T[], Free>;

template <typename T>
Buffer<T> allocate(std::size_t count) {
    void* memory = std::malloc(count * sizeof(T) + 1);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return Buffer<T>(static_cast<T*>(memory));
}

/// What one exported column owns. A child may outlive its parent, so nothing of it lies in the parent's.
struct ColumnOwner {
    Buffer<std::uint8_t> validity;
    Buffer<std::int32_t> offsets;
    Buffer<char> data;
    const void* buffers[3] = {};

    static void release(ArrowArray* array) {
        delete static_cast<ColumnOwner*>(array->private_data);
        array->release = nullptr;
    }
};

struct StructOwner {
    std::vector<ArrowArray> columns;
    std::vector<ArrowArray*> children;
    const void* buffers[1] = {nullptr};

    ~StructOwner() {
        for (auto& column : columns) {
            if (column.release != nullptr) {
                column.release(&column);
            }
        }
    }
    static void release(ArrowArray* array) {
        delete static_cast<StructOwner*>(array->private_data);
        array->release = nullptr;
    }
};

struct SchemaOwner {
    std::string name;
    std::vector<ArrowSchema> fields;
    std::vector<ArrowSchema*> children;

    ~SchemaOwner() {
        for (auto& field : fields) {
            if (field.release != nullptr) {
                field.release(&field);
            }
        }
    }
    static void release(ArrowSchema* schema) {
        delete static_cast<SchemaOwner*>(schema->private_data);
        schema->release = nullptr;
    }
};

inline ArrowSchema named_schema(const char* format, std::string name) {
    auto owner = std::make_unique<SchemaOwner>();
    owner->name = std::move(name);
    ArrowSchema schema{};
    schema.format = format;
    schema.name = owner->name.c_str();
    schema.flags = ARROW_FLAG_NULLABLE;
    schema.release = SchemaOwner::release;
    schema.private_data = owner.release();
    return schema;
}

}  // namespace detail

/// The schema of a struct of utf8 columns.
inline ArrowSchema utf8_schema(const std::vector<std::string>& names) {
    ArrowSchema schema = detail::named_schema("+s", "");
    auto& owner = *static_cast<detail::SchemaOwner*>(schema.private_data);
    try {
        owner.fields.reserve(names.size());
        owner.children.reserve(names.size());
        for (const auto& name : names) {
            owner.fields.push_back(detail::named_schema("u", name));
            owner.children.push_back(&owner.fields.back());
        }
    } catch (...) {
        schema.release(&schema);
        throw;
    }
    schema.n_children = static_cast<std::int64_t>(names.size());
    schema.children = owner.children.data();
    return schema;
}

/// Builds batches of utf8 columns, row by row: put a value or a null into each column, then finish_row() or drop_row().
/// Each column's buffers are allocated once a batch, as large as the batch before needed them, and handed over as they
/// are. One thread at a time.
class Utf8BatchBuilder {
  public:
    /// Bytes behind a value that put_padded may read.
    static constexpr std::size_t padding = 16;

    Utf8BatchBuilder(std::size_t columns, std::size_t max_rows) : columns_(columns), max_rows_(max_rows) {}

    std::size_t columns() const noexcept { return columns_.size(); }
    std::size_t rows() const noexcept { return rows_; }
    bool full() const noexcept { return rows_ == max_rows_; }

    void put(std::size_t column, std::string_view value) {
        Column& to = ready(column, value.size());
        if (!value.empty()) {
            std::memcpy(to.data.get() + to.size, value.data(), value.size());
        }
        ended(to, value.size());
    }

    /// As put, for a value behind which `padding` bytes may be read: short values are copied in one step.
    void put_padded(std::size_t column, const char* value, std::size_t size) {
        Column& to = ready(column, size);
        char* at = to.data.get() + to.size;
        if (size <= padding) {
            std::memcpy(at, value, padding);
        } else {
            std::memcpy(at, value, size);
        }
        ended(to, size);
    }

    void put_null(std::size_t column) {
        Column& to = ready(column, 0);
        if (!to.validity) {
            const std::size_t bytes = (max_rows_ + 7) / 8;
            to.validity = detail::allocate<std::uint8_t>(bytes);
            std::memset(to.validity.get(), 0xFF, bytes);
        }
        to.validity[rows_ >> 3U] &= static_cast<std::uint8_t>(~(1U << (rows_ & 7U)));
        ++to.nulls;
        ended(to, 0);
    }

    void finish_row() noexcept { ++rows_; }

    /// Takes back the first `columns` columns of the row that is being put together.
    void drop_row(std::size_t columns) noexcept {
        for (std::size_t i = 0; i < columns; ++i) {
            Column& column = columns_[i];
            column.size = static_cast<std::size_t>(column.offsets[rows_]);
            const auto bit = static_cast<std::uint8_t>(1U << (rows_ & 7U));
            if (column.validity && (column.validity[rows_ >> 3U] & bit) == 0) {
                column.validity[rows_ >> 3U] |= bit;
                --column.nulls;
            }
        }
    }

    /// The finished rows as a struct array; the builder starts anew.
    ArrowArray finish() {
        auto owner = std::make_unique<detail::StructOwner>();
        owner->columns.reserve(columns_.size());
        owner->children.reserve(columns_.size());
        for (auto& column : columns_) {
            owner->columns.push_back(export_column(column));
            owner->children.push_back(&owner->columns.back());
        }
        ArrowArray array{};
        array.length = static_cast<std::int64_t>(rows_);
        array.n_buffers = 1;
        array.buffers = owner->buffers;
        array.n_children = static_cast<std::int64_t>(owner->children.size());
        array.children = owner->children.data();
        array.release = detail::StructOwner::release;
        array.private_data = owner.release();
        rows_ = 0;
        return array;
    }

  private:
    struct Column {
        detail::Buffer<char> data;
        detail::Buffer<std::int32_t> offsets;
        detail::Buffer<std::uint8_t> validity;  // none until the first null
        std::size_t size = 0;
        std::size_t capacity = 0;  // of data, `padding` apart
        std::size_t hint = 4096;
        std::int64_t nulls = 0;
    };

    Column& ready(std::size_t index, std::size_t size) {
        Column& column = columns_[index];
        if (size > column.capacity - column.size || !column.data) {
            grow(column, size);
        }
        return column;
    }

    void ended(Column& column, std::size_t size) noexcept {
        column.size += size;
        column.offsets[rows_ + 1] = static_cast<std::int32_t>(column.size);
    }

    void grow(Column& column, std::size_t size) {
        constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
        if (size > most - column.size) {
            throw std::length_error("a batch's column passes 2 GiB");
        }
        if (!column.offsets) {
            column.offsets = detail::allocate<std::int32_t>(max_rows_ + 1);
            column.offsets[0] = 0;
        }
        std::size_t capacity = column.data ? column.capacity * 2 : column.hint;
        if (capacity < column.size + size) {
            capacity = column.size + size;
        }
        auto data = detail::allocate<char>(capacity + padding);
        if (column.size > 0) {
            std::memcpy(data.get(), column.data.get(), column.size);
        }
        column.data = std::move(data);
        column.capacity = capacity;
    }

    ArrowArray export_column(Column& column) {
        if (!column.data) {
            grow(column, 0);
        }
        auto owner = std::make_unique<detail::ColumnOwner>();
        // A little more than this batch took, so that the next one rarely has to grow.
        column.hint = column.size + column.size / 8 + 64;
        owner->validity = std::move(column.validity);
        owner->offsets = std::move(column.offsets);
        owner->data = std::move(column.data);
        owner->buffers[0] = owner->validity.get();
        owner->buffers[1] = owner->offsets.get();
        owner->buffers[2] = owner->data.get();
        ArrowArray array{};
        array.length = static_cast<std::int64_t>(rows_);
        array.null_count = column.nulls;
        array.n_buffers = 3;
        array.buffers = owner->buffers;
        array.release = detail::ColumnOwner::release;
        array.private_data = owner.release();
        column.size = 0;
        column.capacity = 0;
        column.nulls = 0;
        return array;
    }

    std::vector<Column> columns_;
    std::size_t max_rows_;
    std::size_t rows_ = 0;
};

}  // namespace tributary::sdk
