#include <array>

#include "agent/deidentify/deidentifier.h"
#include "agent/keys/base32.h"
#include "agent/keys/digest.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

constexpr std::size_t key_bytes = 16;

/// A key for each row: random, and nowhere else.
Column random_keys(std::size_t rows) {
    std::vector<std::uint8_t> bytes(rows * key_bytes);
    if (rows > 0) {
        fill_random(bytes);
    }
    constexpr std::size_t length = base32_length(key_bytes);
    TextBuilder keys(rows, rows * length);
    for (std::size_t row = 0; row < rows; ++row) {
        write_base32(std::span(bytes).subspan(row * key_bytes, key_bytes), keys.room(length));
        keys.written(length);
    }
    return keys.finish();
}

}  // namespace

void Deidentifier::bind_linkage(std::vector<bool>& named, Diagnostics& diagnostics) {
    if (!policy_->linkage()) {
        return;
    }
    try {
        linkage_ = std::make_shared<const Deidentifier>(policy_->linkage()->rules, source_, run_day_);
    } catch (const ConfigurationError& error) {
        diagnostics.append(error.diagnostics());
        return;
    }
    const auto name = [&](const std::string& field) {
        if (const auto index = source_->index_of(field)) {
            named[*index] = true;
        }
    };
    for (const CompiledRule& rule : policy_->linkage()->rules->rules()) {
        name(rule.field);
        for (const std::string& other : rule.action->other_fields()) {
            name(other);
        }
    }
}

void Deidentifier::add_linkage(const RecordBatch& batch, std::vector<Column>& outputs, LinkageRows* linkage) const {
    const Column keys = random_keys(batch.rows());
    outputs.push_back(keys);
    if (linkage == nullptr) {
        return;
    }
    std::vector<Column> columns;
    for (std::size_t i = 0; i < source_->fields.size(); ++i) {
        columns.push_back(batch.column(i));
    }
    auto rows = linkage_->apply(RecordBatch(source_, std::move(columns), 1, ""), linkage->quality);
    auto schema = std::make_shared<Schema>(rows.schema());
    schema->fields.push_back({policy_->linkage()->row_key, ColumnType::utf8});
    rows.columns_.push_back(keys);
    DeidentifiedBatch with_keys(std::move(schema), std::move(rows.columns_), batch.rows());
    with_keys.unguarded_ = std::make_shared<const std::vector<bool>>(with_keys.columns_.size(), true);
    linkage->batch = std::move(with_keys);
}

DeidentifiedBatch DeidentifiedBatch::shuffled_without(const std::vector<std::size_t>& rows) const {
    std::vector<std::uint32_t> kept;
    auto next = rows.begin();
    for (std::uint32_t row = 0; row < rows_; ++row) {
        if (next != rows.end() && *next == row) {
            ++next;
        } else {
            kept.push_back(row);
        }
    }
    std::vector<std::uint64_t> random(kept.size() + 1);
    fill_random({reinterpret_cast<std::uint8_t*>(random.data()), random.size() * sizeof(std::uint64_t)});
    for (std::size_t i = kept.size(); i > 1; --i) {
        std::swap(kept[i - 1], kept[random[i] % i]);
    }
    std::vector<Column> columns;
    for (const Column& column : columns_) {
        columns.push_back(column.select(kept));
    }
    DeidentifiedBatch shuffled(schema_, std::move(columns), kept.size());
    shuffled.unguarded_ = unguarded_;
    return shuffled;
}

}  // namespace tributary
