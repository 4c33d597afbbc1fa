#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/deidentify/deidentifier.h"
#include "agent/record/deidentified_batch.h"

namespace tributary::testing {

using Texts = std::vector<std::optional<std::string>>;

Column text_column(const Texts& values);
Column integer_column(const std::vector<std::optional<std::int64_t>>& values);
Column number_column(const std::vector<std::optional<double>>& values);
Column boolean_column(const std::vector<std::optional<bool>>& values);
Column date_column(const std::vector<std::optional<std::int32_t>>& days);
Column time_column(const std::vector<std::optional<std::int64_t>>& microseconds);

struct NamedColumn {
    std::string name;
    Column column;
};

/// Columns that a policy keeps as they are: the only way to a DeidentifiedBatch is through the Deidentifier.
class KeptRows {
  public:
    explicit KeptRows(std::vector<NamedColumn> columns);
    /// May be called as often as wanted.
    DeidentifiedBatch batch(Quality& quality) const;
    const CompiledPolicy& policy() const { return *policy_; }

  private:
    std::shared_ptr<const Schema> schema_;
    std::vector<Column> columns_;
    std::shared_ptr<const CompiledPolicy> policy_;
    std::unique_ptr<Deidentifier> deidentifier_;
};

}  // namespace tributary::testing
