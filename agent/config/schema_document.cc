#include "agent/config/schema_document.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>

#include <set>

#include "agent/platform/error.h"

namespace tributary {

namespace {

using Poco::Dynamic::Var;

constexpr int deepest = 64;

const std::set<std::string>& assertions() {
    static const std::set<std::string> names{"type",     "required",    "enum",          "const",         "minimum",
                                             "maximum",  "minLength",   "maxLength",     "pattern",       "minItems",
                                             "maxItems", "uniqueItems", "minProperties", "maxProperties", "$ref"};
    return names;
}

const std::set<std::string>& annotations() {
    static const std::set<std::string> names{"$schema", "$id",         "$comment", "default",
                                             "title",   "description", "examples"};
    return names;
}

/// Keywords whose value is a schema, a list of schemas, or a mapping of names to schemas.
const std::set<std::string>& holders_of_one() {
    static const std::set<std::string> names{"additionalProperties", "propertyNames", "items"};
    return names;
}
const std::set<std::string>& holders_of_lists() {
    static const std::set<std::string> names{"oneOf", "anyOf"};
    return names;
}
const std::set<std::string>& holders_of_names() {
    static const std::set<std::string> names{"properties", "patternProperties", "$defs"};
    return names;
}

}  // namespace

Poco::JSON::Object::Ptr as_object(const Var& value) {
    return value.type() == typeid(Poco::JSON::Object::Ptr) ? value.extract<Poco::JSON::Object::Ptr>()
                                                           : Poco::JSON::Object::Ptr();
}

Poco::JSON::Array::Ptr as_array(const Var& value) {
    return value.type() == typeid(Poco::JSON::Array::Ptr) ? value.extract<Poco::JSON::Array::Ptr>()
                                                          : Poco::JSON::Array::Ptr();
}

std::vector<std::string> strings_of(const Var& value) {
    std::vector<std::string> strings;
    if (const auto array = as_array(value)) {
        for (const auto& item : *array) {
            if (item.isString()) {
                strings.push_back(item.extract<std::string>());
            }
        }
    }
    return strings;
}

SchemaDocument::SchemaDocument(std::string_view json, std::string what) : what_(std::move(what)) {
    try {
        root_ = Poco::JSON::Parser().parse(std::string(json));
    } catch (const Poco::Exception& error) {
        fail("is not JSON: " + error.displayText());
    }
    check_keywords(root_, 0);
}

void SchemaDocument::fail(const std::string& why) const {
    throw Error(ErrorCode::internal, "the JSON Schema for " + what_ + " " + why);
}

Var SchemaDocument::resolve(const std::string& reference) const {
    constexpr std::string_view prefix = "#/$defs/";
    if (reference == "#") {
        return root_;
    }
    const auto object = as_object(root_);
    const auto definitions = object ? object->getObject("$defs") : Poco::JSON::Object::Ptr();
    const auto name = reference.starts_with(prefix) ? reference.substr(prefix.size()) : std::string();
    if (!definitions || !definitions->has(name)) {
        fail("refers to '" + reference + "', which is not there");
    }
    return definitions->get(name);
}

void SchemaDocument::check_keywords(const Var& schema, int depth) const {
    const auto object = as_object(schema);
    if (depth > deepest || (!object && !schema.isBoolean())) {
        fail("has something else where a schema belongs");
    }
    if (!object) {
        return;
    }
    for (const auto& [keyword, value] : *object) {
        if (holders_of_one().contains(keyword)) {
            check_keywords(value, depth + 1);
        } else if (holders_of_lists().contains(keyword) && as_array(value)) {
            for (const auto& item : *as_array(value)) {
                check_keywords(item, depth + 1);
            }
        } else if (holders_of_names().contains(keyword) && as_object(value)) {
            for (const auto& entry : *as_object(value)) {
                check_keywords(entry.second, depth + 1);
            }
        } else if (keyword == "$ref" && value.isString()) {
            resolve(value.extract<std::string>());
        } else if (!assertions().contains(keyword) && !annotations().contains(keyword)) {
            fail("uses the keyword '" + keyword + "', which is not checked here");
        }
    }
}

}  // namespace tributary
