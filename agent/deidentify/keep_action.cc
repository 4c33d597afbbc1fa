#include "agent/deidentify/keep_action.h"

#include <unordered_set>
#include <utility>

#include "agent/deidentify/text_action.h"
#include "agent/deidentify/text_hash.h"
#include "agent/deidentify/value_pattern.h"

namespace tributary {
namespace {

constexpr std::string_view keep_reasons[] = {"not_allowed"};

/// Shares the source's column.
class KeepAction final : public Action {
  public:
    std::string_view name() const noexcept override { return "keep"; }
    std::span<const std::string_view> reasons() const noexcept override { return {}; }
    bool passes_text() const noexcept override { return true; }
    std::string describe() const override { return "kept as it is"; }
    std::vector<ColumnType> output_types(ColumnType input) const override { return {input}; }

    std::vector<Column> apply(const ActionInput& given, std::span<Outcome> outcomes) const override {
        const Column& input = given.column;
        const bool text = input.type() == ColumnType::utf8;
        for (std::size_t row = 0; row < input.length(); ++row) {
            outcomes[row] = input.is_null(row) || (text && input.text(row).empty()) ? outcome::empty : outcome::filled;
        }
        return {input};
    }
};

class AllowedValues {
  public:
    explicit AllowedValues(std::vector<std::string> values)
        : values_(std::make_move_iterator(values.begin()), std::make_move_iterator(values.end())) {}
    static constexpr bool closed = true;
    bool contains(std::string_view value, std::string&) const { return values_.find(value) != values_.end(); }
    std::string describe() const {
        return "one of " + std::to_string(values_.size()) + " values that the policy lists";
    }

  private:
    std::unordered_set<std::string, TextHash, std::equal_to<>> values_;
};

class AllowedPattern {
  public:
    explicit AllowedPattern(std::shared_ptr<const ValuePattern> pattern) : pattern_(std::move(pattern)) {}
    static constexpr bool closed = false;
    bool contains(std::string_view value, std::string& scratch) const { return pattern_->matches(value, scratch); }
    static std::string describe() { return "of the pattern that the policy gives"; }

  private:
    std::shared_ptr<const ValuePattern> pattern_;
};

/// Keeps what is allowed; shares the source's column as long as all of it is.
template <typename Allowed>
class KeepAllowedAction final : public TextAction {
  public:
    explicit KeepAllowedAction(Allowed allowed) : allowed_(std::move(allowed)) {}

    std::string_view name() const noexcept override { return "keep"; }
    std::span<const std::string_view> reasons() const noexcept override { return keep_reasons; }
    bool passes_text() const noexcept override { return !Allowed::closed; }
    std::string describe() const override { return "kept if it is " + allowed_.describe() + ", else emptied"; }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const Column text = input.column.as_text();
        std::string scratch;
        bool all = true;
        for (std::size_t row = 0; row < text.length(); ++row) {
            const auto value = text.text(row);
            outcomes[row] = value.empty()                       ? outcome::empty
                            : allowed_.contains(value, scratch) ? outcome::filled
                                                                : outcome::first_reason;
            all &= outcomes[row] != outcome::first_reason;
        }
        return {all ? text : without_invalid(text, outcomes)};
    }

  private:
    static Column without_invalid(const Column& text, std::span<const Outcome> outcomes) {
        TextBuilder output(text.length(), text.byte_size());
        for (std::size_t row = 0; row < text.length(); ++row) {
            if (text.is_null(row) || outcomes[row] == outcome::first_reason) {
                output.append_null();
            } else {
                output.append(text.text(row));
            }
        }
        return output.finish();
    }

    Allowed allowed_;
};

CompiledAction compile_pattern(const YamlNode& allow, const ActionContext& context) {
    MappingReader reader(allow, "'allow'", context.diagnostics);
    const std::string text = reader.required_text("pattern");
    std::string fault;
    auto pattern = text.empty() ? nullptr : ValuePattern::compile(text, fault);
    if (!fault.empty()) {
        reader.error_at("pattern", "'pattern' " + fault);
    }
    reader.finish();
    if (pattern == nullptr) {
        return {};
    }
    return {std::make_shared<KeepAllowedAction<AllowedPattern>>(AllowedPattern(std::move(pattern))), {}};
}

}  // namespace

CompiledAction compile_keep(MappingReader& options, const ActionContext& context) {
    const YamlNode* const allow = options.node("allow");
    if (allow == nullptr) {
        return {std::make_shared<KeepAction>(), {}};
    }
    if (allow->is_mapping()) {
        return compile_pattern(*allow, context);
    }
    auto values = options.texts("allow");
    if (values.empty()) {
        if (allow->is_sequence() && allow->items.empty()) {
            options.error_at("allow", "'allow' has no values, so nothing could be kept; list them, or use drop");
        }
        return {};
    }
    return {std::make_shared<KeepAllowedAction<AllowedValues>>(AllowedValues(std::move(values))), {}};
}

}  // namespace tributary
