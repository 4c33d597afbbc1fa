#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/record/column.h"
#include "agent/record/schema.h"

namespace tributary {

/// Rows as a source plugin read them: identifiable. Moves from the source to the Deidentifier and goes no further;
/// nothing but the Deidentifier takes it. Not copyable, so that one owner at a time holds it.
class RecordBatch {
  public:
    /// All columns have the schema's types and one length (Error plugin otherwise).
    RecordBatch(std::shared_ptr<const Schema> schema, std::vector<Column> columns, std::uint64_t first_row,
                std::string origin);

    RecordBatch(RecordBatch&&) noexcept = default;
    RecordBatch& operator=(RecordBatch&&) noexcept = default;
    RecordBatch(const RecordBatch&) = delete;
    RecordBatch& operator=(const RecordBatch&) = delete;

    const Schema& schema() const noexcept { return *schema_; }
    const std::shared_ptr<const Schema>& shared_schema() const noexcept { return schema_; }
    std::size_t rows() const noexcept { return rows_; }
    const Column& column(std::size_t index) const { return columns_.at(index); }
    std::uint64_t first_row() const noexcept { return first_row_; }
    const std::string& origin() const noexcept { return origin_; }
    std::size_t byte_size() const noexcept;
    /// The rows of these numbers, which rise; the batch is spent.
    RecordBatch select(std::span<const std::uint32_t> rows) &&;

  private:
    std::shared_ptr<const Schema> schema_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    std::uint64_t first_row_ = 0;
    std::string origin_;
};

/// Arrow's schema ("+s" with the formats of tributary_plugin.h) to ours; releases it. Throws Error(plugin) naming the
/// column: unknown format, empty or repeated name, more than 4,096 columns.
Schema import_schema(ArrowSchema& schema);

/// A struct array to a batch; takes it over whatever happens. Throws Error(plugin).
RecordBatch import_batch(std::shared_ptr<const Schema> schema, ArrowArray& array, std::uint64_t first_row,
                         std::string origin);

}  // namespace tributary
