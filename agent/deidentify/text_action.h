#pragma once

#include <utility>

#include "agent/deidentify/action.h"
#include "agent/record/text_builder.h"

namespace tributary {

/// An action that makes one text of each value.
class TextAction : public Action {
  public:
    std::vector<ColumnType> output_types(ColumnType) const override { return {ColumnType::utf8}; }
};

/// The loop of most actions: `write(value, output)` appends exactly one value and answers `filled`, or appends nothing
/// and answers another outcome; the row is then null. It is not asked for nulls. `bytes` is how much text to expect.
template <typename Write>
std::vector<Column> transform_text(const Column& text, std::span<Outcome> outcomes, std::size_t bytes, Write write) {
    TextBuilder output(text.length(), bytes);
    for (std::size_t row = 0; row < text.length(); ++row) {
        const Outcome outcome = text.is_null(row) ? outcome::empty : write(text.text(row), output);
        if (outcome != outcome::filled) {
            output.append_null();
        }
        outcomes[row] = outcome;
    }
    std::vector<Column> columns;
    columns.push_back(output.finish());
    return columns;
}

}  // namespace tributary
