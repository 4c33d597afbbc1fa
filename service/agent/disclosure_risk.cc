#include "service/agent/disclosure_risk.h"

#include <algorithm>

#include "agent/deidentify/small_classes.h"

namespace tributary {

void DisclosureRisk::add(const DeidentifiedBatch& batch) {
    std::vector<Column> values;
    for (const std::string& name : columns_) {
        values.push_back(batch.column(batch.schema().index_of(name).value()).as_text());
    }
    std::string key;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        write_class(values, row, key);
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
