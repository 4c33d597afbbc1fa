#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/record/deidentified_batch.h"
#include "agent/record/record_batch.h"

namespace tributary {

/// Looks for the very values that a row's policy dropped or turned into codes in what leaves of the same row: a surname
/// inside a note. Whole values, between word boundaries, in capitals or small letters, white space at the ends apart;
/// values of three letters and more, or five digits and more. Immutable; may be shared between threads.
class KnownValues {
  public:
    KnownValues() = default;
    /// `sources`: columns of the source that must not leave; `outputs`: output columns that may hold words of it.
    KnownValues(std::vector<std::size_t> sources, std::vector<std::size_t> outputs)
        : sources_(std::move(sources)), outputs_(std::move(outputs)) {}

    /// Appends the rows in which one was found.
    void check(const RecordBatch& batch, const std::vector<Column>& outputs, std::vector<HeldRow>& held) const;

  private:
    std::vector<std::size_t> sources_;
    std::vector<std::size_t> outputs_;
};

}  // namespace tributary
