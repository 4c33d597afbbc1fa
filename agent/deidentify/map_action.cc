#include "agent/deidentify/map_action.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/text_action.h"
#include "agent/deidentify/text_hash.h"

namespace tributary {
namespace {

constexpr std::string_view map_reasons[] = {"not_mapped"};

enum class Unmapped { null, keep, other };

/// From the source's value to what leaves; nothing stands for null.
using Table = std::unordered_map<std::string, std::optional<std::string>, TextHash, std::equal_to<>>;

class MapAction final : public TextAction {
  public:
    MapAction(Table table, Unmapped unmapped) : table_(std::move(table)), unmapped_(unmapped) {}

    std::string_view name() const noexcept override { return "map"; }
    std::span<const std::string_view> reasons() const noexcept override { return map_reasons; }

    bool passes_text() const noexcept override { return unmapped_ == Unmapped::keep; }
    std::string describe() const override {
        return "replaced by a table of " + std::to_string(table_.size()) + " values; what is not in it is " +
               (unmapped_ == Unmapped::keep    ? "kept"
                : unmapped_ == Unmapped::other ? "\"other\""
                                               : "emptied");
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        TextBuilder output(text.length(), text.byte_size());
        for (std::size_t row = 0; row < text.length(); ++row) {
            outcomes[row] = outcome::empty;
            if (text.is_null(row)) {
                output.append_null();
            } else {
                outcomes[row] = write(text.text(row), output);
            }
        }
        std::vector<Column> columns;
        columns.push_back(output.finish());
        return columns;
    }

  private:
    Outcome write(std::string_view value, TextBuilder& output) const {
        const auto found = table_.find(value);
        if (found != table_.end() && found->second) {
            output.append(*found->second);
        } else if (found == table_.end() && unmapped_ == Unmapped::keep) {
            output.append(value);
        } else if (found == table_.end() && unmapped_ == Unmapped::other && !value.empty()) {
            output.append("other");
        } else {
            output.append_null();
        }
        if (value.empty()) {
            return outcome::empty;
        }
        return found == table_.end() && unmapped_ == Unmapped::null ? outcome::first_reason : outcome::filled;
    }

    Table table_;
    Unmapped unmapped_;
};

std::optional<Table> read_table(MappingReader& options, const ActionContext& context) {
    const YamlNode* const values = options.required_node("values");
    if (values == nullptr) {
        return std::nullopt;
    }
    if (!values->is_mapping() || values->entries.empty()) {
        options.error_at("values",
                         "'values' must be a table from the source's values to those that leave, as in {\"1\": "
                         "home, \"2\": transfer}");
        return std::nullopt;
    }
    Table table;
    for (const auto& [from, to] : values->entries) {
        if (!to.is_scalar() && !to.is_null()) {
            context.diagnostics.error(to.location,
                                      "'values' must give a single value, or null, for " + quoted_text(from.scalar));
            return std::nullopt;
        }
        table.emplace(from.scalar, to.is_null() ? std::nullopt : std::optional(to.scalar));
    }
    return table;
}

std::optional<Unmapped> read_unmapped(MappingReader& options) {
    const YamlNode* const node = options.node("else");
    if (node == nullptr || node->is_null()) {
        return Unmapped::null;
    }
    const std::vector<std::string> names = {"null", "keep", "other"};  // as Unmapped
    const auto chosen = options.choice("else", names, "");
    const auto index = std::find(names.begin(), names.end(), chosen) - names.begin();
    return chosen.empty() ? std::nullopt : std::optional(static_cast<Unmapped>(index));
}

}  // namespace

CompiledAction compile_map(MappingReader& options, const ActionContext& context) {
    auto table = read_table(options, context);
    const auto unmapped = read_unmapped(options);
    if (!table || !unmapped) {
        return {};
    }
    return {std::make_shared<MapAction>(std::move(*table), *unmapped), {}};
}

}  // namespace tributary
