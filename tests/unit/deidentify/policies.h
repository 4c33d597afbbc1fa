#pragma once

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "agent/deidentify/deidentifier.h"
#include "agent/deidentify/policy.h"
#include "agent/record/text_builder.h"

namespace tributary::test {

/// The date of all runs: 2026-11-22.
inline constexpr std::int64_t run_day = 20779;

using Texts = std::vector<std::optional<std::string>>;

/// The key of all known answers: the bytes 0 to 31.
inline LinkageKey known_key(const std::string& id = "region-2026", std::uint32_t epoch = 1) {
    std::array<std::uint8_t, LinkageKey::size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i);
    }
    return LinkageKey(id, epoch, bytes);
}

/// One that the sites of a region share, for the domain "planning" alone.
inline LinkageKey shared_key() {
    return LinkageKey({"shared", 1, "north", {"planning"}, {}}, known_key().bytes());
}

/// One for encodings.
inline LinkageKey encoding_key() {
    std::array<std::uint8_t, LinkageKey::size> bytes{};
    bytes.fill(7);
    return LinkageKey({"linkage-2026", 1, "north", {"linkage"}, {}}, bytes);
}

inline LinkageKeys known_keys() {
    LinkageKeys keys;
    keys.add(encoding_key());
    keys.add(known_key());
    keys.add(shared_key());
    return keys;
}

/// A policy that compiles; its faults end the test otherwise.
inline std::shared_ptr<const CompiledPolicy> compiled(const std::string& text) {
    Diagnostics diagnostics;
    auto policy = compile_policy(parse_yaml(text, "policy.yaml"), known_keys(), system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

/// All errors of a policy that must not compile, a line each.
inline std::string faults_of(const std::string& text) {
    Diagnostics diagnostics;
    const auto policy = compile_policy(parse_yaml(text, "policy.yaml"), known_keys(), system_files(), diagnostics);
    std::string faults = policy == nullptr ? "" : "IT COMPILED\n";
    for (const Diagnostic& diagnostic : diagnostics.all()) {
        faults += to_string(diagnostic) + "\n";
    }
    return faults;
}

/// A policy whose only field, `f`, has this rule.
inline std::string policy_of(const std::string& rule, const std::string& head = "") {
    return "policy: 1\nstream: admissions\n" + head + "fields:\n  f: " + rule + "\n";
}

inline Column text_column(const Texts& values) {
    TextBuilder builder(values.size(), 0);
    for (const auto& value : values) {
        if (value) {
            builder.append(*value);
        } else {
            builder.append_null();
        }
    }
    return builder.finish();
}

inline Texts texts_of(const Column& column) {
    Texts values;
    for (std::size_t row = 0; row < column.length(); ++row) {
        values.push_back(column.is_null(row) ? std::nullopt : std::optional(std::string(column.text(row))));
    }
    return values;
}

/// What one rule made of a column: the first output as text, and the field's counts.
struct Applied {
    Texts values;
    FieldQuality quality;
};

inline Applied apply_rule(const std::string& rule, const Column& input, const std::string& head = "") {
    const auto source = std::make_shared<const Schema>(Schema{{{"f", input.type()}}});
    const Deidentifier deidentifier(compiled(policy_of(rule, head)), source, run_day);
    Quality quality;
    const auto batch = deidentifier.apply(RecordBatch(source, {input}, 1, ""), quality);
    return {texts_of(batch.column(0).as_text()), quality.fields.at(0)};
}

inline Applied apply_rule(const std::string& rule, const Texts& values, const std::string& head = "") {
    return apply_rule(rule, text_column(values), head);
}

/// What a rule of the field `f` made of a batch with more fields, all of text.
inline Applied apply_to_fields(const std::string& rule, const std::vector<std::pair<std::string, Texts>>& fields,
                               const std::string& head = "") {
    auto source = std::make_shared<Schema>();
    std::vector<Column> columns;
    for (const auto& [name, values] : fields) {
        source->fields.push_back({name, ColumnType::utf8});
        columns.push_back(text_column(values));
    }
    const Deidentifier deidentifier(compiled(policy_of(rule, head)), source, run_day);
    Quality quality;
    const auto batch = deidentifier.apply(RecordBatch(source, std::move(columns), 1, ""), quality);
    return {texts_of(batch.column(0).as_text()), quality.fields.at(0)};
}

inline std::uint64_t rows_of(const FieldQuality& quality) {
    std::uint64_t rows = quality.filled + quality.empty;
    for (const auto& [reason, count] : quality.invalid) {
        rows += count;
    }
    return rows;
}

/// Fails with both lists written out.
void check_values(const Texts& values, const Texts& expected);

}  // namespace tributary::test
