#include "agent/deidentify/small_classes.h"

#include <unordered_map>

namespace tributary {

void write_class(std::span<const Column> texts, std::size_t row, std::string& key) {
    key.clear();
    for (const Column& value : texts) {
        // Lengths keep values apart.
        const auto text = value.text(row);
        key += value.is_null(row) ? "-" : std::to_string(text.size());
        key += ':';
        key += text;
    }
}

std::vector<std::uint32_t> rows_of_small_classes(std::span<const Column> columns, std::uint32_t k) {
    std::vector<Column> texts;
    for (const Column& column : columns) {
        texts.push_back(column.as_text());
    }
    const std::size_t rows = texts.empty() ? 0 : texts.front().length();
    std::unordered_map<std::string, std::uint32_t> sizes;
    std::vector<const std::uint32_t*> size_of(rows);  // an element of the map stays where it is
    std::string key;
    for (std::size_t row = 0; row < rows; ++row) {
        write_class(texts, row, key);
        std::uint32_t& size = sizes[key];
        ++size;
        size_of[row] = &size;
    }
    std::vector<std::uint32_t> small;
    for (std::size_t row = 0; row < rows; ++row) {
        if (*size_of[row] < k) {
            small.push_back(static_cast<std::uint32_t>(row));
        }
    }
    return small;
}

}  // namespace tributary
