#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agent/record/column.h"
#include "agent/record/schema.h"

namespace tributary {

/// Rows after the policy: what may leave. Only the Deidentifier can make one, and the outbox accepts nothing else, so
/// code that skips the policy does not compile.
class DeidentifiedBatch {
  public:
    DeidentifiedBatch(DeidentifiedBatch&&) noexcept = default;
    DeidentifiedBatch& operator=(DeidentifiedBatch&&) noexcept = default;
    DeidentifiedBatch(const DeidentifiedBatch&) = delete;
    DeidentifiedBatch& operator=(const DeidentifiedBatch&) = delete;

    const Schema& schema() const noexcept { return *schema_; }
    std::size_t rows() const noexcept { return rows_; }
    const Column& column(std::size_t index) const { return columns_.at(index); }

  private:
    friend class Deidentifier;
    DeidentifiedBatch(std::shared_ptr<const Schema> schema, std::vector<Column> columns, std::size_t rows)
        : schema_(std::move(schema)), columns_(std::move(columns)), rows_(rows) {}

    std::shared_ptr<const Schema> schema_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
};

}  // namespace tributary
