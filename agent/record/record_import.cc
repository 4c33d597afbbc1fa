#include <cstring>
#include <optional>
#include <unordered_set>
#include <utility>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "agent/record/record_batch.h"

namespace tributary {
namespace {

constexpr std::int64_t most_columns = 4096;
constexpr std::int64_t most_rows = 65'536;  // tributary_plugin.h, TributaryBatch
constexpr std::size_t longest_name = 1024;  // bytes

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::plugin, what + ": the source plugin breaks its contract; report it to its maker");
}

/// Releases what a plugin handed over, also when it is refused.
template <typename Structure>
class Release {
  public:
    explicit Release(Structure& structure) : structure_(structure) {}
    ~Release() {
        if (structure_.release != nullptr) {
            structure_.release(&structure_);
        }
    }
    Release(const Release&) = delete;
    Release& operator=(const Release&) = delete;

  private:
    Structure& structure_;
};

/// The formats of tributary_plugin.h.
std::optional<ColumnType> type_of(const char* format) noexcept {
    static constexpr std::pair<std::string_view, ColumnType> formats[] = {
        {"u", ColumnType::utf8},        {"l", ColumnType::int64},    {"g", ColumnType::float64},
        {"b", ColumnType::boolean},     {"tdD", ColumnType::date32}, {"tsu:UTC", ColumnType::timestamp},
        {"tsu:", ColumnType::timestamp}};
    for (const auto& [text, type] : formats) {
        if (format != nullptr && text == format) {
            return type;
        }
    }
    return std::nullopt;
}

bool is_name(std::string_view text) noexcept {
    if (text.size() > longest_name) {
        return false;
    }
    while (!text.empty()) {
        const auto character = first_utf8_character(text);
        if (!character.valid || is_control_character(character.code_point)) {
            return false;
        }
        text.remove_prefix(character.size);
    }
    return true;
}

Field import_field(const ArrowSchema* child, const std::string& place) {
    if (child == nullptr || child->release == nullptr) {
        refuse(place + " of a schema is missing");
    }
    if (child->name == nullptr || *child->name == '\0') {
        throw Error(ErrorCode::plugin, place + " has no name; every column needs one: name it at the source");
    }
    if (!is_name(child->name)) {
        throw Error(ErrorCode::plugin, place +
                                           " has a name with control characters or invalid UTF-8, or one of more "
                                           "than 1,024 bytes; is the header line read with the right encoding?");
    }
    const auto type = type_of(child->format);
    if (!type || child->dictionary != nullptr || child->n_children != 0) {
        refuse(place + " has a format that is not among u, l, g, b, tdD, tsu:UTC and tsu:");
    }
    return {child->name, *type};
}

bool all_valid(const ArrowArray& array) noexcept {
    if (array.n_buffers < 1 || array.buffers == nullptr || array.buffers[0] == nullptr) {
        return array.null_count <= 0;
    }
    const auto* const bits = static_cast<const std::uint8_t*>(array.buffers[0]);
    for (std::int64_t i = array.offset; i < array.offset + array.length; ++i) {
        if (((bits[i >> 3] >> (i & 7)) & 1) == 0) {
            return false;
        }
    }
    return true;
}

void check_struct(const ArrowArray& array, const Schema& schema) {
    if (array.release == nullptr) {
        refuse("a batch was released already");
    }
    if (array.length < 0 || array.length > most_rows) {
        refuse("a batch does not have 0 to 65,536 rows");
    }
    if (array.offset < 0 || array.offset > (std::int64_t{1} << 31U) || array.n_buffers > 1 ||
        array.dictionary != nullptr) {
        refuse("a batch is not an Arrow struct array");
    }
    if (array.n_children != static_cast<std::int64_t>(schema.fields.size()) ||
        (array.n_children > 0 && array.children == nullptr)) {
        refuse("a batch does not have its schema's number of columns");
    }
    if (array.n_children == 0 && array.length != 0) {
        refuse("a batch has rows but no columns");
    }
    if (!all_valid(array)) {
        refuse("a batch has rows that are null as a whole");
    }
}

}  // namespace

Schema import_schema(ArrowSchema& schema) {
    if (schema.release == nullptr) {
        refuse("a schema was released already");
    }
    const Release<ArrowSchema> release(schema);
    if (schema.format == nullptr || std::strcmp(schema.format, "+s") != 0) {
        refuse("a schema's format is not +s");
    }
    if (schema.n_children < 0 || (schema.n_children > 0 && schema.children == nullptr)) {
        refuse("a schema has no children");
    }
    if (schema.n_children > most_columns) {
        throw Error(ErrorCode::plugin, "a source has " + std::to_string(schema.n_children) +
                                           " columns; a stream has at most 4,096. Is the delimiter right?");
    }
    Schema result;
    std::unordered_set<std::string> names;
    for (std::int64_t i = 0; i < schema.n_children; ++i) {
        const auto place = "column " + std::to_string(i + 1);
        auto field = import_field(schema.children[i], place);
        if (!names.insert(field.name).second) {
            throw Error(ErrorCode::plugin, place + " has the name of a column before it; names are unique");
        }
        result.fields.push_back(std::move(field));
    }
    return result;
}

RecordBatch import_batch(std::shared_ptr<const Schema> schema, ArrowArray& array, std::uint64_t first_row,
                         std::string origin) {
    const Release<ArrowArray> release(array);
    check_struct(array, *schema);
    std::vector<Column> columns;
    columns.reserve(schema->fields.size());
    for (std::size_t i = 0; i < schema->fields.size(); ++i) {
        const Field& field = schema->fields[i];
        const auto place = "column " + std::to_string(i + 1);
        if (array.children[i] == nullptr) {
            refuse(place + " of a batch is missing");
        }
        // A struct's offset and length cut its children; each child also has an offset of its own.
        columns.push_back(Column::import_slice(*array.children[i], field.type, place, array.offset, array.length));
    }
    return RecordBatch(std::move(schema), std::move(columns), first_row, std::move(origin));
}

}  // namespace tributary
