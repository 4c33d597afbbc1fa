#include "agent/deidentify/clk_action.h"

#include <algorithm>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/clk_encoder.h"
#include "agent/deidentify/feature_format.h"
#include "agent/deidentify/key_options.h"
#include "agent/deidentify/text_action.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::string_view clk_domain = "linkage";  // clkhash has no domains; manifests and keys do
constexpr std::size_t largest_schema = 4U << 20U;

class ClkAction final : public TextAction {
  public:
    ClkAction(ClkEncoder encoder, std::vector<std::string> fields)
        : encoder_(std::move(encoder)), others_(std::move(fields)) {}

    std::string_view name() const noexcept override { return "clk"; }
    std::span<const std::string_view> reasons() const noexcept override { return ClkEncoder::reasons(); }
    std::span<const std::string> other_fields() const noexcept override { return others_; }
    bool makes_codes() const noexcept override { return true; }
    std::string describe() const override {
        return "a linkage encoding (" + std::to_string(encoder_.schema().length()) + " bits) of " +
               std::to_string(others_.size()) + " fields; personal data still";
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        std::vector<Column> texts;
        for (const Column& other : input.others) {
            texts.push_back(other.as_text());
        }
        const std::size_t rows = input.column.length();
        TextBuilder output(rows, rows * (encoder_.schema().length() / 6 + 4));
        ClkEncoder::Scratch scratch(encoder_);
        std::vector<std::string_view> values(texts.size());
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t i = 0; i < texts.size(); ++i) {
                values[i] = strip(texts[i].text(row));
            }
            const auto encoding = encoder_.encode(values, scratch);
            outcomes[row] = encoding.outcome;
            if (encoding.outcome == outcome::filled) {
                output.append(encoding.text);
            } else {
                output.append_null();
            }
        }
        std::vector<Column> columns;
        columns.push_back(output.finish());
        return columns;
    }

  private:
    ClkEncoder encoder_;
    std::vector<std::string> others_;  // a field for each of the encoder's inputs
};

std::optional<LinkageSchema> read_schema(MappingReader& options, const ActionContext& context) {
    const std::string file = options.required_text("schema");
    if (file.empty()) {
        return std::nullopt;
    }
    try {
        auto schema = LinkageSchema::parse(read_file(context.files, context.folder / file, largest_schema), file);
        context.read.insert_or_assign(file, schema.digest());
        return schema;
    } catch (const Error& error) {
        options.error_at("schema", std::string("the linkage schema cannot be used: ") + error.what());
        return std::nullopt;
    }
}

/// The field of each of the encoder's inputs; nothing, reported, if the table names other features.
std::optional<std::vector<std::string>> read_features(MappingReader& options, const std::vector<std::string>& inputs,
                                                      const ActionContext& context) {
    std::vector<std::string> fields = inputs;
    const YamlNode* const node = options.node("features");
    if (node == nullptr) {
        return fields;
    }
    if (!node->is_mapping() || node->entries.empty()) {
        options.error_at("features",
                         "'features' must be a table from the schema's features to fields, as in "
                         "{first_name: forename}");
        return std::nullopt;
    }
    for (const auto& [feature, field] : node->entries) {
        const auto found = std::find(inputs.begin(), inputs.end(), feature.scalar);
        if (found == inputs.end()) {
            const auto meant = nearest(feature.scalar, inputs);
            context.diagnostics.error(feature.location,
                                      "the linkage schema has no feature " + quoted_text(feature.scalar) +
                                          (meant ? "; did you mean " + quoted_text(*meant) + "?" : ""));
            return std::nullopt;
        }
        if (!field.is_scalar() || field.scalar.empty()) {
            context.diagnostics.error(field.location,
                                      "the feature " + quoted_text(feature.scalar) + " must name a field");
            return std::nullopt;
        }
        fields[static_cast<std::size_t>(found - inputs.begin())] = field.scalar;
    }
    return fields;
}

}  // namespace

CompiledAction compile_clk(MappingReader& options, const ActionContext& context) {
    const LinkageKey* const key = find_key(options, context, KeyUse::encodings);
    auto schema = read_schema(options, context);
    const YamlNode* const features = options.node("features");
    if (key == nullptr || !schema || !require_domain(options, *key, clk_domain)) {
        return {};
    }
    for (const auto& note : schema->notes()) {
        context.diagnostics.warning(features != nullptr ? features->location : options.location(), note);
    }
    ClkEncoder encoder(std::move(*schema), key->bytes());
    auto fields = read_features(options, encoder.inputs(), context);
    if (!fields) {
        return {};
    }
    return {std::make_shared<ClkAction>(std::move(encoder), std::move(*fields)),
            {{"clk", key->id(), key->epoch(), std::string(clk_domain), "clkhash-v3"}}};
}

}  // namespace tributary
