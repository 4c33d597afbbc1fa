#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/record/column.h"
#include "agent/record/schema.h"

namespace tributary {

/// A row that must not leave, although the policy lets it.
struct HeldRow {
    std::size_t row = 0;      ///< of the batch, from 0
    std::size_t column = 0;   ///< where it was found; the number of columns if none alone explains it
    std::string_view reason;  ///< a fixed word: "nhs_number", "known_value", ...
};

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
    /// Whether the egress guard looks at a column: not at codes, nor where the policy exempts it.
    bool is_guarded(std::size_t column) const { return unguarded_ == nullptr || !unguarded_->at(column); }
    /// Rows in which a value was found that the policy keeps back; in rising order.
    const std::vector<HeldRow>& held() const noexcept { return held_; }
    /// Where a row stood in the source: its number there, from 1, and what it came from (a file's name).
    std::uint64_t source_row(std::size_t row) const { return first_row_ + (kept_.empty() ? row : kept_.at(row)); }
    /// The number of the first row of the source's batch.
    std::uint64_t source_row_of_batch() const noexcept { return first_row_; }
    const std::string& origin() const noexcept { return origin_; }

    /// The rows but for these (rising), in an order that nobody can tell beforehand or afterwards.
    DeidentifiedBatch shuffled_without(const std::vector<std::size_t>& rows) const;

  private:
    friend class Deidentifier;
    DeidentifiedBatch(std::shared_ptr<const Schema> schema, std::vector<Column> columns, std::size_t rows)
        : schema_(std::move(schema)), columns_(std::move(columns)), rows_(rows) {}

    std::shared_ptr<const Schema> schema_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    std::shared_ptr<const std::vector<bool>> unguarded_;  // by column; nullptr: none
    std::vector<HeldRow> held_;
    std::uint64_t first_row_ = 1;
    std::vector<std::uint32_t> kept_;  // places in the source's batch, where rows of it were left out
    std::string origin_;
};

}  // namespace tributary
