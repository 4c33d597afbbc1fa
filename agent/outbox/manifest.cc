#include "agent/outbox/manifest.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <algorithm>

#include "agent/keys/json.h"

namespace tributary {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}

Poco::JSON::Object::Ptr counts_json(const std::map<std::string, std::uint64_t>& counts) {
    Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
    for (const auto& [reason, count] : counts) {
        object->set(reason, count);
    }
    return object;
}

Poco::JSON::Array::Ptr schema_json(const Schema& schema) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const auto& field : schema.fields) {
        Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
        object->set("name", field.name);
        object->set("type", std::string(to_string(field.type)));
        array->add(object);
    }
    return array;
}

Poco::JSON::Array::Ptr pseudonyms_json(const std::vector<PseudonymColumn>& pseudonyms) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const auto& pseudonym : pseudonyms) {
        Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
        object->set("algorithm", pseudonym.algorithm);
        object->set("column", pseudonym.column);
        object->set("domain", pseudonym.domain);
        object->set("epoch", pseudonym.epoch);
        object->set("key_id", pseudonym.key_id);
        object->set("type", pseudonym.type);
        array->add(object);
    }
    return array;
}

Poco::JSON::Object::Ptr quality_json(const Quality& quality) {
    Poco::JSON::Array::Ptr fields = new Poco::JSON::Array;
    for (const auto& field : quality.fields) {
        Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
        object->set("empty", field.empty);
        object->set("field", field.field);
        object->set("filled", field.filled);
        object->set("invalid", counts_json(field.invalid));
        object->set("nhs_number", field.nhs_number);
        fields->add(object);
    }
    Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
    object->set("fields", fields);
    object->set("opted_out", quality.opted_out);
    object->set("rejected", counts_json(quality.rejected));
    object->set("rows", quality.rows);
    object->set("withheld", counts_json(quality.withheld));
    return object;
}

}  // namespace

std::string manifest_text(const Manifest& manifest) {
    Poco::JSON::Object object;
    object.set("created", to_rfc3339(manifest.created));
    object.set("format", manifest.format);
    object.set("id", manifest.id);
    if (manifest.kind == ChunkKind::retraction) {
        object.set("kind", "retraction");  // records say nothing
    }
    if (manifest.linked) {
        Poco::JSON::Object::Ptr linked = new Poco::JSON::Object;
        linked->set("row_key", manifest.linked->row_key);
        linked->set("stream", manifest.linked->stream);
        object.set("linked", linked);
    }
    object.set("plain_bytes", manifest.plain_bytes);
    object.set("plain_sha256", manifest.plain_sha256);
    object.set("policy_sha256", manifest.policy_sha256);
    object.set("previous", manifest.previous);
    object.set("pseudonyms", pseudonyms_json(manifest.pseudonyms));
    object.set("quality", quality_json(manifest.quality));
    if (!manifest.queue.empty()) {
        object.set("queue", manifest.queue);
    }
    object.set("rows", manifest.rows);
    object.set("run", manifest.run);
    object.set("schema", schema_json(manifest.schema));
    object.set("sealed_bytes", manifest.sealed_bytes);
    object.set("sealed_sha256", manifest.sealed_sha256);
    object.set("sequence", manifest.sequence);
    object.set("site", manifest.site);
    object.set("stream", manifest.stream);
    object.set("tributary_manifest", 1);
    return json_text(object);
}

bool is_site(std::string_view text) noexcept {
    return text.size() >= 2 && text.size() <= 12 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_upper(c) || is_digit(c); });
}

bool is_stream(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 63 && is_lower(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_chunk_id(std::string_view text) noexcept {
    return text.size() == 32 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace tributary
