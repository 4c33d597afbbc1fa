#include "agent/deidentify/deidentifier.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/nhs_number.h"
#include "agent/deidentify/output_names.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

// Of the source's names none is ever shown, only its place: where a file has no header line but is read as if it had
// one, its names are values of a record.

/// Which column the writer of the policy may have meant.
std::string nearest_column(const std::string& name, const Schema& source) {
    std::vector<std::string> names;
    for (const Field& field : source.fields) {
        names.push_back(field.name);
        if (folded_name(field.name) == folded_name(name)) {
            return "; its column " + std::to_string(names.size()) + " differs in case only.";
        }
    }
    const auto near = nearest(name, names);
    return near ? "; the name of its column " +
                      std::to_string(std::find(names.begin(), names.end(), *near) - names.begin() + 1) +
                      " is nearly the same."
                : ".";
}

/// "columns 3, 7 and 12 more"
std::string column_list(const std::vector<std::size_t>& columns) {
    constexpr std::size_t most = 20;
    std::string text = columns.size() == 1 ? "column" : "columns";
    for (std::size_t i = 0; i < columns.size() && i < most; ++i) {
        text += (i == 0 ? " " : ", ") + std::to_string(columns[i] + 1);
    }
    return columns.size() > most ? text + " and " + std::to_string(columns.size() - most) + " more" : text;
}

void count_dropped(const Column& input, FieldQuality& quality) {
    const bool text = input.type() == ColumnType::utf8;
    std::uint64_t empty_count = 0;
    for (std::size_t row = 0; row < input.length(); ++row) {
        empty_count += static_cast<std::uint64_t>(input.is_null(row) || (text && input.text(row).empty()));
    }
    quality.empty += empty_count;
    quality.filled += input.length() - empty_count;
}

void count(std::span<const Outcome> outcomes, std::span<const std::string_view> reasons, FieldQuality& quality) {
    std::array<std::uint64_t, 256> counts{};
    for (const Outcome outcome : outcomes) {
        ++counts[outcome];
    }
    quality.filled += counts[outcome::filled];
    quality.empty += counts[outcome::empty];
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (const auto number = counts[outcome::first_reason + i]; number != 0) {
            quality.invalid[std::string(reasons[i])] += number;
        }
    }
}

/// The outcomes of several rules as those of their field: invalid if any rule says so, for the first one's reason;
/// filled if any says so; else empty.
class FieldOutcomes {
  public:
    explicit FieldOutcomes(std::size_t rows) : outcomes_(rows, outcome::empty) {}

    void add(std::span<const Outcome> outcomes, std::span<const std::string_view> reasons) {
        std::array<Outcome, 256> translated{};
        for (std::size_t i = 0; i < reasons.size(); ++i) {
            translated[outcome::first_reason + i] = outcome_of(reasons[i]);
        }
        for (std::size_t row = 0; row < outcomes.size(); ++row) {
            if (outcomes_[row] >= outcome::first_reason || outcomes[row] == outcome::empty) {
                continue;
            }
            outcomes_[row] = outcomes[row] == outcome::filled ? outcome::filled : translated[outcomes[row]];
        }
    }

    void count_into(FieldQuality& quality) const { count(outcomes_, reasons_, quality); }

  private:
    /// Rules of one kind share their reasons, so that there are only ever a few.
    Outcome outcome_of(std::string_view reason) {
        const auto known = std::find(reasons_.begin(), reasons_.end(), reason) - reasons_.begin();
        if (static_cast<std::size_t>(known) == reasons_.size()) {
            reasons_.push_back(reason);
        }
        return static_cast<Outcome>(outcome::first_reason + known);
    }

    std::vector<Outcome> outcomes_;
    std::vector<std::string_view> reasons_;
};

}  // namespace

Deidentifier::Deidentifier(std::shared_ptr<const CompiledPolicy> policy, std::shared_ptr<const Schema> source,
                           std::int64_t run_day, std::shared_ptr<const OptOutList> opt_outs)
    : policy_(std::move(policy)), source_(std::move(source)), run_day_(run_day), opt_outs_(std::move(opt_outs)) {
    if (policy_->opt_out() && opt_outs_ == nullptr) {
        throw Error(ErrorCode::internal, "the policy of stream " + policy_->stream() + " was bound without opt-outs");
    }
    Diagnostics diagnostics;
    const auto known = [this](const CompiledRule& rule) { return source_->index_of(rule.field).has_value(); };
    if (std::none_of(policy_->rules().begin(), policy_->rules().end(), known)) {
        diagnostics.error(
            policy_->rules().front().location,
            "the source of stream " + quoted_text(policy_->stream()) + " has none of the policy's fields" +
                nearest_column(policy_->rules().front().field, *source_) + " It has " +
                std::to_string(source_->fields.size()) + (source_->fields.size() == 1 ? " column" : " columns") +
                ": is its first line a header, and is the delimiter right? (options of the stream: "
                "header, columns, delimiter)");
        diagnostics.throw_if_errors();
    }
    bind(diagnostics);
    diagnostics.throw_if_errors();
    bind_guard();
    bind_quasi_identifiers();
}

/// What must not leave: columns that no rule names, and those whose every rule drops them or makes codes of them.
void Deidentifier::bind_guard() {
    std::vector<bool> secret(source_->fields.size(), true);
    std::vector<std::size_t> texts;
    std::vector<bool> unguarded;
    const auto& rules = policy_->rules();
    for (const BoundField& field : fields_) {
        for (std::size_t i = field.first_rule; i < field.first_rule + field.rule_count; ++i) {
            const Action* const action = rules[i].action.get();
            if (action != nullptr && !action->makes_codes()) {
                secret[field.input] = false;
            }
            for (const Field& column : rules[i].outputs) {
                const bool allowed = policy_->guard_allows(column.name);
                if (action->passes_text() && !allowed) {
                    texts.push_back(unguarded.size());
                }
                unguarded.push_back(allowed || action->makes_codes());
            }
        }
    }
    if (policy_->linkage()) {
        unguarded.push_back(true);  // the row key, which stands last
    }
    std::vector<std::size_t> sources;
    for (std::size_t i = 0; i < secret.size(); ++i) {
        if (secret[i]) {
            sources.push_back(i);
        }
    }
    known_values_ = KnownValues(std::move(sources), std::move(texts));
    unguarded_ = std::make_shared<const std::vector<bool>>(std::move(unguarded));
}

void Deidentifier::bind(Diagnostics& diagnostics) {
    auto output = std::make_shared<Schema>();
    std::vector<bool> named(source_->fields.size(), false);
    const auto& rules = policy_->rules();
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const CompiledRule& rule = rules[i];
        if (i > 0 && rules[i - 1].field == rule.field) {
            ++fields_.back().rule_count;
        } else {
            fields_.push_back({0, i, 1, {}, {rule.field, 0, 0, {}, false, rule.action == nullptr}});
        }
        BoundField& field = fields_.back();
        const auto index = source_->index_of(rule.field);
        if (!index) {
            if (field.rule_count == 1) {
                diagnostics.error(rule.location, "the source of stream " + quoted_text(policy_->stream()) +
                                                     " has no field " + quoted_text(rule.field) +
                                                     nearest_column(rule.field, *source_) +
                                                     " Correct the name here or at the source, or remove the rule");
            }
            continue;
        }
        field.input = *index;
        named[*index] = true;
        if (rule.action == nullptr) {
            continue;
        }
        field.others.push_back(bind_others(rule, named, diagnostics));
        field.no_counts.nhs_number = field.no_counts.nhs_number || rule.action->reads_nhs_number();
        const auto types = rule.action->output_types(source_->fields[*index].type);
        for (std::size_t j = 0; j < rule.outputs.size(); ++j) {
            output->fields.push_back({rule.outputs[j].name, types.at(j)});
        }
    }
    bind_opt_outs(named, diagnostics);
    bind_linkage(named, diagnostics);
    if (policy_->linkage()) {
        output->fields.push_back({policy_->linkage()->row_key, ColumnType::utf8});
    }
    std::vector<std::size_t> unlisted;
    for (std::size_t i = 0; policy_->unlisted() == Unlisted::reject && i < named.size(); ++i) {
        if (!named[i]) {
            unlisted.push_back(i);
        }
    }
    if (!unlisted.empty()) {
        diagnostics.error(policy_->unlisted_location(),
                          "the source of stream " + quoted_text(policy_->stream()) +
                              " has fields that no rule names (" + column_list(unlisted) +
                              "), and 'unlisted: reject' stops the stream then; name them under 'fields' (drop leaves "
                              "a field out), or set 'unlisted: drop'");
    }
    output_ = std::move(output);
}

void Deidentifier::bind_opt_outs(std::vector<bool>& named, Diagnostics& diagnostics) {
    if (!policy_->opt_out()) {
        opt_outs_.reset();
        return;
    }
    const std::string& field = policy_->opt_out()->field;
    const auto index = source_->index_of(field);
    if (!index) {
        diagnostics.error(policy_->opt_out_location(),
                          "the source of stream " + quoted_text(policy_->stream()) + " has no field " +
                              quoted_text(field) + " to hold against the opt-outs" + nearest_column(field, *source_));
        return;
    }
    opt_out_column_ = *index;
    named[*index] = true;
}

std::vector<std::uint32_t> Deidentifier::kept_rows(const RecordBatch& batch, std::uint64_t& left_out) const {
    const Column numbers = batch.column(opt_out_column_).as_text();
    std::vector<std::uint32_t> kept;
    const std::function<bool(std::string_view)> is_listed = [this](std::string_view digits) {
        return opt_outs_->contains(digits);
    };
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        // Wider than what an action takes for a number: a number that no action can read is still the person's.
        if (any_nhs_number(numbers.text(row), is_listed)) {
            if (left_out == 0) {
                kept.reserve(batch.rows());
                for (std::uint32_t before = 0; before < row; ++before) {
                    kept.push_back(before);
                }
            }
            ++left_out;
        } else if (left_out > 0) {
            kept.push_back(static_cast<std::uint32_t>(row));
        }
    }
    return kept;
}

std::vector<std::size_t> Deidentifier::bind_others(const CompiledRule& rule, std::vector<bool>& named,
                                                   Diagnostics& diagnostics) const {
    std::vector<std::size_t> columns;
    for (const std::string& other : rule.action->other_fields()) {
        if (const auto index = source_->index_of(other)) {
            columns.push_back(*index);
            named[*index] = true;
        } else {
            diagnostics.error(rule.location,
                              "field " + quoted_text(rule.field) + ": " + std::string(rule.action->name()) +
                                  " needs the field " + quoted_text(other) + ", which the source of stream " +
                                  quoted_text(policy_->stream()) + " does not have" + nearest_column(other, *source_));
        }
    }
    return columns;
}

DeidentifiedBatch Deidentifier::apply(RecordBatch batch, Quality& quality, LinkageRows* linkage) const {
    if (batch.shared_schema() != source_ && batch.schema() != *source_) {
        throw Error(ErrorCode::internal, "a batch of stream " + policy_->stream() +
                                             " has another schema than the one that its policy was bound to");
    }
    Quality counts;
    std::vector<std::uint32_t> kept;
    if (opt_outs_ != nullptr) {
        kept = kept_rows(batch, counts.opted_out);
        if (counts.opted_out > 0) {
            batch = std::move(batch).select(kept);
        }
    }
    counts.rows = batch.rows();
    counts.fields.reserve(fields_.size());
    std::vector<Column> outputs;
    outputs.reserve(output_->fields.size());
    for (const BoundField& field : fields_) {
        FieldQuality field_counts = field.no_counts;
        apply_rules(field, batch, outputs, field_counts);
        counts.fields.push_back(std::move(field_counts));
    }
    suppress_small_classes(outputs, counts);
    quality.merge(counts);
    std::vector<HeldRow> held;
    known_values_.check(batch, outputs, held);
    if (linkage_ != nullptr) {
        add_linkage(batch, outputs, linkage);
    }
    DeidentifiedBatch result(output_, std::move(outputs), batch.rows());
    result.unguarded_ = unguarded_;
    result.held_ = std::move(held);
    result.first_row_ = batch.first_row();
    result.origin_ = batch.origin();
    result.kept_ = std::move(kept);
    return result;
}

void Deidentifier::apply_rules(const BoundField& field, const RecordBatch& batch, std::vector<Column>& outputs,
                               FieldQuality& quality) const {
    const auto& rules = policy_->rules();
    const Column& input = batch.column(field.input);
    if (rules[field.first_rule].action == nullptr) {
        count_dropped(input, quality);
        return;
    }
    std::vector<Outcome> outcomes(input.length());
    FieldOutcomes all(input.length());
    for (std::size_t i = field.first_rule; i < field.first_rule + field.rule_count; ++i) {
        const Action& action = *rules[i].action;
        std::vector<Column> others;
        for (const std::size_t other : field.others[i - field.first_rule]) {
            others.push_back(batch.column(other));
        }
        for (Column& column : action.apply({input, others, run_day_}, outcomes)) {
            outputs.push_back(std::move(column));
        }
        if (field.rule_count == 1) {
            count(outcomes, action.reasons(), quality);
        } else {
            all.add(outcomes, action.reasons());
        }
    }
    if (field.rule_count > 1) {
        all.count_into(quality);
    }
}

}  // namespace tributary
