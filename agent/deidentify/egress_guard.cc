#include "agent/deidentify/egress_guard.h"

#include <algorithm>

namespace tributary {

void EgressGuard::check(std::string_view bytes, std::span<const std::size_t> row_ends, const DeidentifiedBatch& batch,
                        std::size_t first_row, std::vector<HeldRow>& held) {
    hits_.clear();
    scan_identifiers(bytes, hits_);
    if (hits_.empty()) {
        return;
    }
    std::sort(hits_.begin(), hits_.end(), [](const GuardHit& a, const GuardHit& b) { return a.offset < b.offset; });
    std::size_t last = row_ends.size();
    for (const GuardHit& hit : hits_) {
        const auto row =
            static_cast<std::size_t>(std::upper_bound(row_ends.begin(), row_ends.end(), hit.offset) - row_ends.begin());
        if (row == last) {
            continue;
        }
        last = row;
        HeldRow found{first_row + row, batch.schema().fields.size(), to_string(hit.kind)};
        if (explain(batch, found.row, found)) {
            held.push_back(found);
        }
    }
}

/// Which column holds it. A hit that only columns which are passed over explain is none; one that no column explains
/// holds the row back all the same.
bool EgressGuard::explain(const DeidentifiedBatch& batch, std::size_t row, HeldRow& held) {
    bool passed = false;
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        const Column& column = batch.column(i);
        if (column.is_null(row)) {
            continue;
        }
        const Column text = column.type() == ColumnType::utf8 ? column : column.as_text();
        value_hits_.clear();
        scan_identifiers(text.text(row), value_hits_);
        if (value_hits_.empty()) {
            continue;
        }
        if (batch.is_guarded(i)) {
            held.column = i;
            held.reason = to_string(value_hits_.front().kind);
            return true;
        }
        passed = true;
    }
    return !passed;
}

}  // namespace tributary
