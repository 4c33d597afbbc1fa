#pragma once

#include <memory>
#include <vector>

#include "agent/record/column.h"
#include "agent/record/quality.h"

namespace tributary {

/// What a policy does to one field: a loop over a column. Immutable after it was compiled; several threads may apply it
/// at once.
class Action {
  public:
    virtual ~Action() = default;

    /// "keep", "pseudonym", ...: as policies name it.
    virtual std::string_view name() const noexcept = 0;

    /// The type of each output for an input of this type (one entry an output).
    virtual std::vector<ColumnType> output_types(ColumnType input) const = 0;

    /// One column for each output, of the input's length. A value that does not validate becomes null and is counted by
    /// reason in `quality`, as are filled and empty ones.
    virtual std::vector<Column> apply(const Column& input, FieldQuality& quality) const = 0;
};

}  // namespace tributary
