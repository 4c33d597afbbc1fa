#include "tests/unit/outbox/test_batches.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace tributary::testing {

namespace {

/// What an Arrow array points to; freed by its release.
struct Buffers {
    std::vector<std::uint8_t> validity;
    std::vector<std::uint8_t> values;
    std::array<const void*, 2> pointers{};
};

void release(ArrowArray* array) {
    delete static_cast<Buffers*>(array->private_data);
    array->release = nullptr;
}

Column imported(std::unique_ptr<Buffers> buffers, std::size_t length, std::int64_t nulls, ColumnType type) {
    buffers->values.resize(buffers->values.size() + 8);  // never empty
    buffers->pointers = {buffers->validity.data(), buffers->values.data()};
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(length);
    array.null_count = nulls;
    array.n_buffers = 2;
    array.buffers = buffers->pointers.data();
    array.private_data = buffers.release();
    array.release = &release;
    return Column::import(array, type, "test column");
}

template <typename Value, typename Put>
Column column_of(const std::vector<std::optional<Value>>& values, ColumnType type, Put put) {
    auto buffers = std::make_unique<Buffers>();
    buffers->validity.resize(values.size() / 8 + 1);
    std::int64_t nulls = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) {
            buffers->validity[i / 8] = static_cast<std::uint8_t>(buffers->validity[i / 8] | (1U << (i % 8)));
        } else {
            ++nulls;
        }
        put(buffers->values, i, values[i].value_or(Value{}));
    }
    return imported(std::move(buffers), values.size(), nulls, type);
}

template <typename Value>
Column fixed_width(const std::vector<std::optional<Value>>& values, ColumnType type) {
    return column_of(values, type, [](std::vector<std::uint8_t>& bytes, std::size_t, Value value) {
        const auto at = bytes.size();
        bytes.resize(at + sizeof value);
        std::memcpy(bytes.data() + at, &value, sizeof value);
    });
}

/// A YAML text in double quotes.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result.push_back('\\');
        }
        result.push_back(c);
    }
    return result + "\"";
}

std::shared_ptr<const CompiledPolicy> keep_all(const Schema& schema) {
    std::string yaml = "policy: 1\nstream: admissions\nfields:\n";
    for (const auto& field : schema.fields) {
        yaml += "  " + quoted(field.name) + ": keep\n";
    }
    Diagnostics diagnostics;
    auto policy = compile_policy(parse_yaml(yaml, "test-policy.yaml"), LinkageKeys(), system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

}  // namespace

Column text_column(const Texts& values) {
    std::vector<std::int32_t> offsets{0};
    std::string data;
    std::vector<std::uint8_t> validity(values.size() / 8 + 1);
    std::int64_t nulls = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) {
            data += *values[i];
            validity[i / 8] = static_cast<std::uint8_t>(validity[i / 8] | (1U << (i % 8)));
        } else {
            ++nulls;
        }
        offsets.push_back(static_cast<std::int32_t>(data.size()));
    }
    return Column::utf8(std::move(offsets), std::move(data), std::move(validity), nulls);
}

Column integer_column(const std::vector<std::optional<std::int64_t>>& values) {
    return fixed_width(values, ColumnType::int64);
}

Column number_column(const std::vector<std::optional<double>>& values) {
    return fixed_width(values, ColumnType::float64);
}

Column date_column(const std::vector<std::optional<std::int32_t>>& days) {
    return fixed_width(days, ColumnType::date32);
}

Column time_column(const std::vector<std::optional<std::int64_t>>& microseconds) {
    return fixed_width(microseconds, ColumnType::timestamp);
}

Column boolean_column(const std::vector<std::optional<bool>>& values) {
    return column_of(values, ColumnType::boolean, [](std::vector<std::uint8_t>& bytes, std::size_t i, bool value) {
        if (i % 8 == 0) {
            bytes.push_back(0);
        }
        bytes.back() = static_cast<std::uint8_t>(bytes.back() | (static_cast<unsigned>(value) << (i % 8)));
    });
}

KeptRows::KeptRows(std::vector<NamedColumn> columns) {
    auto schema = std::make_shared<Schema>();
    for (auto& [name, column] : columns) {
        schema->fields.push_back({name, column.type()});
        columns_.push_back(std::move(column));
    }
    schema_ = std::move(schema);
    policy_ = keep_all(*schema_);
    deidentifier_ = std::make_unique<Deidentifier>(policy_, schema_, 0);
}

DeidentifiedBatch KeptRows::batch(Quality& quality) const {
    return deidentifier_->apply(RecordBatch(schema_, columns_, 0, "test"), quality);
}

}  // namespace tributary::testing
