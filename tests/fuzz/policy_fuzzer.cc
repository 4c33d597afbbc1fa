#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/deidentify/deidentifier.h"
#include "agent/record/text_builder.h"

// A policy file, whatever it holds, is an error with its place or a policy that can be applied.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    static const LinkageKeys keys = [] {
        std::array<std::uint8_t, LinkageKey::size> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::uint8_t>(i);
        }
        LinkageKeys made;
        made.add(LinkageKey("region-2026", 1, bytes));
        return made;
    }();
    try {
        const YamlNode document = parse_yaml({reinterpret_cast<const char*>(data), size}, "policy.yaml");
        Diagnostics diagnostics;
        const auto policy = compile_policy(document, keys, system_files(), diagnostics);
        if ((policy == nullptr) != diagnostics.has_errors()) {
            std::abort();
        }
        if (policy == nullptr) {
            return 0;
        }
        auto schema = std::make_shared<Schema>();
        TextBuilder builder(5, 64);
        for (const std::string_view value : {"9434765919", "2026-11-22T13:05:00", "LS1 4AP", ""}) {
            builder.append(value);
        }
        builder.append_null();
        const Column column = builder.finish();
        for (const CompiledRule& rule : policy->rules()) {
            if (!schema->index_of(rule.field)) {
                schema->fields.push_back({rule.field, ColumnType::utf8});
            }
        }
        const Deidentifier deidentifier(policy, schema, 20779);
        const std::vector<Column> columns(schema->fields.size(), column);
        Quality quality;
        const auto batch = deidentifier.apply(RecordBatch(schema, columns, 1, ""), quality);
        for (const FieldQuality& field : quality.fields) {
            std::uint64_t rows = field.filled + field.empty;
            for (const auto& [reason, count] : field.invalid) {
                rows += count;
            }
            if (rows != batch.rows()) {
                std::abort();
            }
        }
    } catch (const ConfigurationError&) {
    }
    return 0;
}
