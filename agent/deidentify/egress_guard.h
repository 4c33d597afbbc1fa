#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "agent/deidentify/identifier_scan.h"
#include "agent/record/deidentified_batch.h"

namespace tributary {

/// The last look at what leaves: the encoded rows, just before they are compressed and sealed. Whatever the policy was
/// meant to do, a row in which a whole identifier stands is held back. Columns of codes that look alike are passed over
/// if the policy says so (`guard: {allow: [order_number]}`: one in eleven ten-digit codes has a right check digit), and
/// so are pseudonyms and other keyed codes. One thread.
class EgressGuard {
  public:
    /// Appends the rows of `bytes` that must not leave. `row_ends`: the offset behind each row; the rows are those of
    /// the batch from `first_row` on.
    void check(std::string_view bytes, std::span<const std::size_t> row_ends, const DeidentifiedBatch& batch,
               std::size_t first_row, std::vector<HeldRow>& held);

  private:
    bool explain(const DeidentifiedBatch& batch, std::size_t row, HeldRow& held);

    std::vector<GuardHit> hits_;
    std::vector<GuardHit> value_hits_;
};

}  // namespace tributary
