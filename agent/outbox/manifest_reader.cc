#include <limits>
#include <set>

#include "agent/keys/json.h"
#include "agent/outbox/manifest.h"
#include "agent/outbox/manifest_fields.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

ColumnType column_type(const ManifestFields& field) {
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

Schema read_schema(const ManifestFields& manifest) {
    Schema schema;
    std::set<std::string> names;
    manifest.each("schema", {"name", "type"}, [&](const ManifestFields& field) {
        const auto name = field.text("name", is_field_name, "1 to 1024 bytes long");
        if (!names.insert(name).second) {
            field.fail("name", "stands there twice");
        }
        schema.fields.push_back({name, column_type(field)});
    });
    return schema;
}

std::vector<PseudonymColumn> read_pseudonyms(const ManifestFields& manifest) {
    std::vector<PseudonymColumn> pseudonyms;
    manifest.each(
        "pseudonyms", {"algorithm", "column", "domain", "epoch", "key_id", "type"}, [&](const ManifestFields& entry) {
            PseudonymColumn pseudonym;
            pseudonym.algorithm = entry.text("algorithm", is_word, "a word");
            pseudonym.column = entry.text("column", is_field_name, "1 to 1024 bytes long");
            pseudonym.domain = entry.text("domain", is_field_name, "1 to 1024 bytes long");
            pseudonym.epoch =
                static_cast<std::uint32_t>(entry.integer("epoch", 0, std::numeric_limits<std::uint32_t>::max()));
            pseudonym.key_id = entry.text("key_id", is_word, "a word");
            pseudonym.type = entry.text("type", is_word, "a word");
            pseudonyms.push_back(std::move(pseudonym));
        });
    return pseudonyms;
}

std::optional<LinkedStream> read_linked(const ManifestFields& reader, const Manifest& manifest) {
    if (!reader.has("linked")) {
        return std::nullopt;
    }
    const auto object = reader.object("linked", {"row_key", "stream"});
    LinkedStream linked;
    linked.stream = object.text("stream", is_stream, "a stream's name");
    linked.row_key = object.text("row_key", is_field_name, "1 to 1024 bytes long");
    if (linked.stream == manifest.stream) {
        object.fail("stream", "is the chunk's own");
    }
    if (!manifest.schema.index_of(linked.row_key)) {
        object.fail("row_key", "is no column of the schema");
    }
    return linked;
}

Quality read_quality(const ManifestFields& manifest) {
    const auto object = manifest.object("quality", {"fields", "opted_out", "rejected", "rows", "withheld"});
    Quality quality;
    quality.rows = object.integer("rows");
    quality.opted_out = object.integer("opted_out");
    quality.rejected = object.counts("rejected");
    quality.withheld = object.counts("withheld");
    object.each("fields", {"empty", "field", "filled", "invalid", "nhs_number"}, [&](const ManifestFields& entry) {
        FieldQuality field;
        field.field = entry.text("field", is_field_name, "1 to 1024 bytes long");
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
    const ManifestFields reader(
        parse_json_object(text, "the manifest", maximum_manifest_bytes), "the manifest", "",
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
    manifest.plain_sha256 = reader.text("plain_sha256", is_sha256, sha256_form);
    manifest.sealed_bytes = reader.integer("sealed_bytes", 1, maximum_sealed_bytes);
    manifest.sealed_sha256 = reader.text("sealed_sha256", is_sha256, sha256_form);
    manifest.policy_sha256 = reader.text("policy_sha256", is_sha256, sha256_form);
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
