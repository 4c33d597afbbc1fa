#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <set>

#include "agent/keys/json.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::uint64_t largest_integer = 1ULL << 53U;  // what every JSON reader keeps exactly (RFC 8259, section 6)
constexpr std::size_t most_fields = 4096;
constexpr std::size_t most_reasons = 64;
constexpr std::size_t longest_name = 1024;  // bytes
constexpr std::size_t longest_word = 64;

bool is_sha256(std::string_view text) noexcept {
    return text.size() == 64 && is_chunk_id(text.substr(0, 32)) && is_chunk_id(text.substr(32));
}

/// Reasons, run ids and the like: short, printable, without blanks or quotes.
bool is_word(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_word && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || c == ':';
    });
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_name;
}

/// One JSON object of the manifest; `path` names it in errors.
class Reader {
  public:
    /// With all of `names`, and nothing else but `optional`.
    Reader(Poco::JSON::Object::Ptr object, std::string path, std::initializer_list<const char*> names,
           std::initializer_list<const char*> optional = {})
        : object_(std::move(object)), path_(std::move(path)) {
        for (const auto* const name : names) {
            if (!object_->has(name)) {
                fail(name, "is missing");
            }
        }
        const auto given =
            std::count_if(optional.begin(), optional.end(), [this](const char* name) { return has(name); });
        if (object_->size() != names.size() + static_cast<std::size_t>(given)) {
            throw Error(ErrorCode::input, "the manifest has a field" +
                                              (path_.empty() ? std::string() : " under " + path_) +
                                              " that this version does not know");
        }
    }

    bool has(const char* name) const { return object_->has(name); }

    [[noreturn]] void fail(const std::string& name, const std::string& fault) const {
        throw Error(ErrorCode::input, "the manifest's field " + path_ + name + " " + fault);
    }

    template <typename Form>
    std::string text(const char* name, Form form, const char* expected) const {
        const auto value = object_->get(name);
        if (!value.isString()) {
            fail(name, "is not a text");
        }
        auto result = value.extract<std::string>();
        if (!form(result)) {
            fail(name, std::string("is not ") + expected);
        }
        return result;
    }

    std::uint64_t integer(const char* name, std::uint64_t smallest = 0, std::uint64_t largest = largest_integer) const {
        return integer_of(object_->get(name), name, smallest, largest);
    }

    bool boolean(const char* name) const {
        const auto value = object_->get(name);
        if (!value.isBoolean()) {
            fail(name, "is not true or false");
        }
        return value.extract<bool>();
    }

    TimePoint time(const char* name) const {
        const auto written = text(
            name, [](std::string_view t) { return t.size() <= longest_word; }, "a time");
        try {
            return from_rfc3339(written);
        } catch (const Error&) {
            fail(name, "is not a time (RFC 3339, UTC, milliseconds)");
        }
    }

    Reader object(const char* name, std::initializer_list<const char*> names) const {
        return {object_of(object_->get(name), name), path_ + name + ".", names};
    }

    /// Calls `element` with a Reader for each object of a list.
    template <typename Element>
    void each(const char* name, std::initializer_list<const char*> names, Element element) const {
        const auto value = object_->get(name);
        if (value.type() != typeid(Poco::JSON::Array::Ptr)) {
            fail(name, "is not a list");
        }
        const auto& array = value.extract<Poco::JSON::Array::Ptr>();
        if (array->size() > most_fields) {
            fail(name, "has more than " + std::to_string(most_fields) + " entries");
        }
        std::size_t index = 0;
        for (const auto& entry : *array) {
            const auto place = std::string(name) + "[" + std::to_string(index++) + "]";
            element(Reader(object_of(entry, place), path_ + place + ".", names));
        }
    }

    std::map<std::string, std::uint64_t> counts(const char* name) const {
        std::map<std::string, std::uint64_t> counts;
        const auto entries = object_of(object_->get(name), name);
        if (entries->size() > most_reasons) {
            fail(name, "has more than " + std::to_string(most_reasons) + " reasons");
        }
        for (const auto& [reason, count] : *entries) {
            if (!is_word(reason)) {
                fail(name, "has a reason that is not a word of letters, digits, '_', '-', '.', ':'");
            }
            counts[reason] = integer_of(count, std::string(name) + "." + reason, 0, largest_integer);
        }
        return counts;
    }

  private:
    std::uint64_t integer_of(const Poco::Dynamic::Var& value, const std::string& name, std::uint64_t smallest,
                             std::uint64_t largest) const {
        if (!value.isInteger() || value.isBoolean()) {
            fail(name, "is not a whole number");
        }
        std::int64_t number = 0;
        try {
            number = value.convert<std::int64_t>();
        } catch (const std::exception&) {
            number = -1;  // beyond int64: out of range in any case
        }
        if (number < 0 || static_cast<std::uint64_t>(number) < smallest ||
            static_cast<std::uint64_t>(number) > largest) {
            fail(name, "is not from " + std::to_string(smallest) + " to " + std::to_string(largest));
        }
        return static_cast<std::uint64_t>(number);
    }

    Poco::JSON::Object::Ptr object_of(const Poco::Dynamic::Var& value, const std::string& name) const {
        if (value.type() != typeid(Poco::JSON::Object::Ptr)) {
            fail(name, "is not an object");
        }
        return value.extract<Poco::JSON::Object::Ptr>();
    }

    Poco::JSON::Object::Ptr object_;
    std::string path_;
};

ColumnType column_type(const Reader& field) {
    constexpr ColumnType all[] = {ColumnType::utf8,    ColumnType::int64,  ColumnType::float64,
                                  ColumnType::boolean, ColumnType::date32, ColumnType::timestamp};
    const auto text = field.text("type", is_word, "a column type");
    for (const auto type : all) {
        if (text == to_string(type)) {
            return type;
        }
    }
    field.fail("type", "is not a column type");
}

Schema read_schema(const Reader& manifest) {
    Schema schema;
    std::set<std::string> names;
    manifest.each("schema", {"name", "type"}, [&](const Reader& field) {
        const auto name = field.text("name", is_name, "1 to 1024 bytes long");
        if (!names.insert(name).second) {
            field.fail("name", "stands there twice");
        }
        schema.fields.push_back({name, column_type(field)});
    });
    return schema;
}

std::vector<PseudonymColumn> read_pseudonyms(const Reader& manifest) {
    std::vector<PseudonymColumn> pseudonyms;
    manifest.each("pseudonyms", {"algorithm", "column", "domain", "epoch", "key_id", "type"}, [&](const Reader& entry) {
        PseudonymColumn pseudonym;
        pseudonym.algorithm = entry.text("algorithm", is_word, "a word");
        pseudonym.column = entry.text("column", is_name, "1 to 1024 bytes long");
        pseudonym.domain = entry.text("domain", is_name, "1 to 1024 bytes long");
        pseudonym.epoch =
            static_cast<std::uint32_t>(entry.integer("epoch", 0, std::numeric_limits<std::uint32_t>::max()));
        pseudonym.key_id = entry.text("key_id", is_word, "a word");
        pseudonym.type = entry.text("type", is_word, "a word");
        pseudonyms.push_back(std::move(pseudonym));
    });
    return pseudonyms;
}

std::optional<LinkedStream> read_linked(const Reader& reader, const Manifest& manifest) {
    if (!reader.has("linked")) {
        return std::nullopt;
    }
    const auto object = reader.object("linked", {"row_key", "stream"});
    LinkedStream linked;
    linked.stream = object.text("stream", is_stream, "a stream's name");
    linked.row_key = object.text("row_key", is_name, "1 to 1024 bytes long");
    if (linked.stream == manifest.stream) {
        object.fail("stream", "is the chunk's own");
    }
    if (!manifest.schema.index_of(linked.row_key)) {
        object.fail("row_key", "is no column of the schema");
    }
    return linked;
}

Quality read_quality(const Reader& manifest) {
    const auto object = manifest.object("quality", {"fields", "opted_out", "rejected", "rows", "withheld"});
    Quality quality;
    quality.rows = object.integer("rows");
    quality.opted_out = object.integer("opted_out");
    quality.rejected = object.counts("rejected");
    quality.withheld = object.counts("withheld");
    object.each("fields", {"empty", "field", "filled", "invalid", "nhs_number"}, [&](const Reader& entry) {
        FieldQuality field;
        field.field = entry.text("field", is_name, "1 to 1024 bytes long");
        field.empty = entry.integer("empty");
        field.filled = entry.integer("filled");
        field.invalid = entry.counts("invalid");
        field.nhs_number = entry.boolean("nhs_number");
        quality.fields.push_back(std::move(field));
    });
    return quality;
}

bool is_format(std::string_view text) noexcept {
    return text == "ndjson" || text == "csv";
}

}  // namespace

Manifest parse_manifest(std::string_view text) {
    constexpr const char* digest_form = "64 lower-case hexadecimal digits";
    const Reader reader(
        parse_json_object(text, "the manifest", maximum_manifest_bytes), "",
        {"created", "format", "id", "plain_bytes", "plain_sha256", "policy_sha256", "previous", "pseudonyms", "quality",
         "rows", "run", "schema", "sealed_bytes", "sealed_sha256", "sequence", "site", "stream", "tributary_manifest"},
        {"kind", "linked", "queue"});
    reader.integer("tributary_manifest", 1, 1);
    Manifest manifest;
    manifest.id = reader.text("id", is_chunk_id, "32 lower-case hexadecimal digits");
    manifest.site = reader.text("site", is_site, "2 to 12 upper-case letters and digits");
    manifest.stream = reader.text("stream", is_stream, "a stream's name");
    if (reader.has("kind")) {
        reader.text(
            "kind", [](std::string_view t) { return t == "retraction"; }, "retraction");
        manifest.kind = ChunkKind::retraction;
    }
    if (reader.has("queue")) {
        manifest.queue = reader.text("queue", is_chunk_id, "32 lower-case hexadecimal digits");
    }
    manifest.sequence = reader.integer("sequence", 1);
    manifest.previous = reader.text(
        "previous", [](std::string_view t) { return t.empty() || is_sha256(t); },
        "empty or 64 lower-case hexadecimal digits");
    if (manifest.previous.empty() != (manifest.sequence == 1)) {
        reader.fail("previous", "must be empty for sequence number 1, and for no other");
    }
    manifest.run = reader.text("run", is_word, "a word");
    manifest.created = reader.time("created");
    manifest.format = reader.text("format", is_format, "ndjson or csv");
    manifest.rows = reader.integer("rows");
    manifest.plain_bytes = reader.integer("plain_bytes");
    manifest.plain_sha256 = reader.text("plain_sha256", is_sha256, digest_form);
    manifest.sealed_bytes = reader.integer("sealed_bytes", 1, maximum_sealed_bytes);
    manifest.sealed_sha256 = reader.text("sealed_sha256", is_sha256, digest_form);
    manifest.policy_sha256 = reader.text("policy_sha256", is_sha256, digest_form);
    manifest.schema = read_schema(reader);
    manifest.pseudonyms = read_pseudonyms(reader);
    manifest.linked = read_linked(reader, manifest);
    manifest.quality = read_quality(reader);
    // One manifest has one text: repeated names, other number forms and white space end here.
    if (manifest_text(manifest) != text) {
        throw Error(ErrorCode::input,
                    "the manifest is not in its one form (keys sorted, no white space, no repeated keys)");
    }
    return manifest;
}

}  // namespace tributary
