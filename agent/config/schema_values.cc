#include "agent/config/schema_values.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "agent/config/json_schema.h"
#include "agent/config/scalar.h"
#include "agent/config/schema_document.h"

namespace tributary {

using Poco::Dynamic::Var;
using Poco::JSON::Object;

std::string type_of(const YamlNode& node) {
    constexpr const char* scalars[] = {"null", "boolean", "integer", "number", "string"};
    if (node.is_mapping() || node.is_sequence()) {
        return node.is_mapping() ? "object" : "array";
    }
    return scalars[core_value(node).index()];
}

std::optional<double> number_of(const YamlNode& node) {
    if (!node.is_scalar()) {
        return std::nullopt;
    }
    const auto value = core_value(node);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*whole);
    }
    const auto* number = std::get_if<double>(&value);
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

bool has_type(const YamlNode& node, const std::string& type) {
    const auto own = type_of(node);
    const auto number = number_of(node);
    return own == type || (type == "number" && number) ||
           (type == "integer" && number && std::trunc(*number) == *number);
}

std::vector<std::string> types_of(const Object& schema) {
    const auto type = schema.get("type");
    return type.isString() ? std::vector{type.extract<std::string>()} : strings_of(type);
}

bool admits_type(const Object& schema, const YamlNode& node) {
    const auto types = types_of(schema);
    return types.empty() ||
           std::any_of(types.begin(), types.end(), [&](const auto& type) { return has_type(node, type); });
}

std::string in_words(const std::string& type) {
    static const std::map<std::string, std::string> words{{"object", "a mapping (lines of the form 'key: value')"},
                                                          {"array", "a list"},
                                                          {"string", "text"},
                                                          {"integer", "a whole number"},
                                                          {"number", "a number"},
                                                          {"boolean", "true or false"},
                                                          {"null", "empty"}};
    const auto found = words.find(type);
    return found == words.end() ? type : found->second;
}

std::string or_list(const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        text += i == 0 ? "" : i + 1 == items.size() ? " or " : ", ";
        text += items[i];
    }
    return text;
}

std::string written(const Var& value) {
    return value.isString() ? value.extract<std::string>() : Var::toString(value);
}

bool equal(const YamlNode& node, const Var& value) {
    if (node.is_mapping() || node.is_sequence()) {
        return to_json(node) == Var::toString(value);
    }
    const auto scalar = core_value(node);
    if (value.isEmpty()) {
        return std::holds_alternative<std::monostate>(scalar);
    }
    if (value.isString()) {
        return scalar == ScalarValue(value.extract<std::string>());
    }
    if (value.isBoolean()) {
        return scalar == ScalarValue(value.convert<bool>());
    }
    return value.isNumeric() && number_of(node) == value.convert<double>();
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace tributary
