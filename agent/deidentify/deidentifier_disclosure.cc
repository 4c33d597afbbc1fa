#include <algorithm>
#include <string>

#include "agent/deidentify/deidentifier.h"
#include "agent/deidentify/small_classes.h"

namespace tributary {

void Deidentifier::bind_quasi_identifiers() {
    const auto& settings = policy_->disclosure();
    if (!settings || !settings->suppress) {
        return;
    }
    std::size_t output = 0;
    for (std::size_t field = 0; field < fields_.size(); ++field) {
        const std::size_t first = fields_[field].first_rule;
        for (std::size_t rule = first; rule < first + fields_[field].rule_count; ++rule) {
            for (const Field& column : policy_->rules()[rule].outputs) {
                const auto& names = settings->quasi_identifiers;
                if (std::find(names.begin(), names.end(), column.name) != names.end()) {
                    suppressed_.push_back({output, field});
                }
                ++output;
            }
        }
    }
}

void Deidentifier::suppress_small_classes(std::vector<Column>& outputs, Quality& counts) const {
    if (suppressed_.empty()) {
        return;
    }
    std::vector<Column> columns;
    for (const auto& each : suppressed_) {
        columns.push_back(outputs[each.output]);
    }
    const auto small = rows_of_small_classes(columns, policy_->disclosure()->k);
    if (small.empty()) {
        return;
    }
    for (auto each = suppressed_.begin(); each != suppressed_.end();) {
        const std::size_t field = each->field;
        std::vector<bool> had_value(outputs[each->output].length());
        for (; each != suppressed_.end() && each->field == field; ++each) {
            for (const std::uint32_t row : small) {
                had_value[row] = had_value[row] || !outputs[each->output].is_null(row);
            }
            outputs[each->output] = outputs[each->output].without(small);
        }
        FieldQuality& quality = counts.fields[field];
        const auto gone = std::min<std::uint64_t>(
            quality.filled, static_cast<std::uint64_t>(std::count(had_value.begin(), had_value.end(), true)));
        if (gone > 0) {
            quality.filled -= gone;
            quality.invalid["below_k"] += gone;
        }
    }
}

}  // namespace tributary
