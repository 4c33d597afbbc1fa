#include "agent/outbox/manifest_fields.h"

#include <algorithm>

#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t most_entries = 4096;
constexpr std::size_t most_reasons = 64;
constexpr std::size_t longest_name = 1024;  // bytes
constexpr std::size_t longest_word = 64;

}  // namespace

bool is_sha256(std::string_view text) noexcept {
    return text.size() == 64 && is_chunk_id(text.substr(0, 32)) && is_chunk_id(text.substr(32));
}

bool is_word(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_word && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || c == ':';
    });
}

bool is_field_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_name;
}

ManifestFields::ManifestFields(Poco::JSON::Object::Ptr object, std::string what, std::string path,
                               std::initializer_list<const char*> names, std::initializer_list<const char*> optional)
    : object_(std::move(object)), what_(std::move(what)), path_(std::move(path)) {
    for (const auto* const name : names) {
        if (!object_->has(name)) {
            fail(name, "is missing");
        }
    }
    const auto given = std::count_if(optional.begin(), optional.end(), [this](const char* name) { return has(name); });
    if (object_->size() != names.size() + static_cast<std::size_t>(given)) {
        throw Error(ErrorCode::input, what_ + " has a field" + (path_.empty() ? std::string() : " under " + path_) +
                                          " that this version does not know");
    }
}

void ManifestFields::fail(const std::string& name, const std::string& fault) const {
    throw Error(ErrorCode::input, what_ + "'s field " + path_ + name + " " + fault);
}

std::string ManifestFields::any_text(const char* name) const {
    const auto value = object_->get(name);
    if (!value.isString()) {
        fail(name, "is not a text");
    }
    return value.extract<std::string>();
}

std::uint64_t ManifestFields::integer(const char* name, std::uint64_t smallest, std::uint64_t largest) const {
    return integer_of(object_->get(name), name, smallest, largest);
}

bool ManifestFields::boolean(const char* name) const {
    const auto value = object_->get(name);
    if (!value.isBoolean()) {
        fail(name, "is not true or false");
    }
    return value.extract<bool>();
}

TimePoint ManifestFields::time(const char* name) const {
    const auto written = text(
        name, [](std::string_view t) { return t.size() <= longest_word; }, "a time");
    try {
        return from_rfc3339(written);
    } catch (const Error&) {
        fail(name, "is not a time (RFC 3339, UTC, milliseconds)");
    }
}

ManifestFields ManifestFields::object(const char* name, std::initializer_list<const char*> names) const {
    return {object_of(object_->get(name), name), what_, path_ + name + ".", names};
}

Poco::JSON::Array::Ptr ManifestFields::list(const char* name) const {
    const auto value = object_->get(name);
    if (value.type() != typeid(Poco::JSON::Array::Ptr)) {
        fail(name, "is not a list");
    }
    auto array = value.extract<Poco::JSON::Array::Ptr>();
    if (array->size() > most_entries) {
        fail(name, "has more than " + std::to_string(most_entries) + " entries");
    }
    return array;
}

std::map<std::string, std::uint64_t> ManifestFields::counts(const char* name) const {
    std::map<std::string, std::uint64_t> counts;
    const auto entries = object_of(object_->get(name), name);
    if (entries->size() > most_reasons) {
        fail(name, "has more than " + std::to_string(most_reasons) + " reasons");
    }
    for (const auto& [reason, count] : *entries) {
        if (!is_word(reason)) {
            fail(name, "has a reason that is not a word of letters, digits, '_', '-', '.', ':'");
        }
        counts[reason] = integer_of(count, std::string(name) + "." + reason, 0, largest_json_integer);
    }
    return counts;
}

std::uint64_t ManifestFields::integer_of(const Poco::Dynamic::Var& value, const std::string& name,
                                         std::uint64_t smallest, std::uint64_t largest) const {
    if (!value.isInteger() || value.isBoolean()) {
        fail(name, "is not a whole number");
    }
    std::int64_t number = 0;
    try {
        number = value.convert<std::int64_t>();
    } catch (const std::exception&) {
        number = -1;  // beyond int64: out of range in any case
    }
    if (number < 0 || static_cast<std::uint64_t>(number) < smallest || static_cast<std::uint64_t>(number) > largest) {
        fail(name, "is not from " + std::to_string(smallest) + " to " + std::to_string(largest));
    }
    return static_cast<std::uint64_t>(number);
}

Poco::JSON::Object::Ptr ManifestFields::object_of(const Poco::Dynamic::Var& value, const std::string& name) const {
    if (value.type() != typeid(Poco::JSON::Object::Ptr)) {
        fail(name, "is not an object");
    }
    return value.extract<Poco::JSON::Object::Ptr>();
}

}  // namespace tributary
