#include "agent/record/schema.h"

namespace tributary {

std::string_view to_string(ColumnType type) noexcept {
    switch (type) {
        case ColumnType::utf8:
            return "utf8";
        case ColumnType::int64:
            return "int64";
        case ColumnType::float64:
            return "float64";
        case ColumnType::boolean:
            return "boolean";
        case ColumnType::date32:
            return "date32";
        case ColumnType::timestamp:
            return "timestamp";
    }
    return "unknown";
}

std::optional<std::size_t> Schema::index_of(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == name) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace tributary
