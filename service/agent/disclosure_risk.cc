#include "service/agent/disclosure_risk.h"

#include <algorithm>

namespace tributary {

void DisclosureRisk::add(const DeidentifiedBatch& batch) {
    std::vector<Column> values;
    for (const std::string& name : columns_) {
        values.push_back(batch.column(batch.schema().index_of(name).value()).as_text());
    }
    std::string key;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        key.clear();
        for (const Column& value : values) {
            // Lengths keep values apart; null is a value of its own.
            const auto text = value.text(row);
            key += value.is_null(row) ? "-" : std::to_string(text.size());
            key += ':';
            key += text;
        }
        ++classes_[key];
    }
}

DisclosureRisk::Figures DisclosureRisk::figures(std::uint64_t k) const {
    Figures figures;
    figures.classes = classes_.size();
    for (const auto& [key, rows] : classes_) {
        figures.rows += rows;
        figures.smallest = figures.smallest == 0 ? rows : std::min(figures.smallest, rows);
        figures.unique += rows == 1 ? 1 : 0;
        figures.below_k += rows < k ? rows : 0;
    }
    return figures;
}

}  // namespace tributary
