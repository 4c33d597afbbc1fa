#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// The column types of the agent. Layout of each is that of the Arrow columnar format; all are nullable.
enum class ColumnType {
    utf8,  ///< int32 offsets and bytes
    int64,
    float64,
    boolean,   ///< bit-packed
    date32,    ///< days since 1970-01-01
    timestamp  ///< microseconds since 1970-01-01T00:00Z
};

std::string_view to_string(ColumnType type) noexcept;

struct Field {
    std::string name;
    ColumnType type = ColumnType::utf8;
    bool operator==(const Field&) const = default;
};

/// The fields of a stream in order. Names are unique and not empty.
struct Schema {
    std::vector<Field> fields;

    std::optional<std::size_t> index_of(std::string_view name) const noexcept;
    bool operator==(const Schema&) const = default;
};

}  // namespace tributary
