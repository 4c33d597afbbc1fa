#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/config/yaml_node.h"

namespace tributary {

// How a YAML node and the values of a JSON Schema compare, and how they are put into words. For agent/config.

/// "null", "boolean", "integer", "number", "string", "array" or "object".
std::string type_of(const YamlNode& node);
std::optional<double> number_of(const YamlNode& node);
/// As JSON Schema counts: 1.0 is an integer, and every integer a number.
bool has_type(const YamlNode& node, const std::string& type);
/// The schema's "type" as a list; none means any.
std::vector<std::string> types_of(const Poco::JSON::Object& schema);
bool admits_type(const Poco::JSON::Object& schema, const YamlNode& node);
bool equal(const YamlNode& node, const Poco::Dynamic::Var& value);
/// Unicode characters, as JSON Schema counts length.
std::size_t characters(const std::string& text);

/// A type for an administrator: "a whole number".
std::string in_words(const std::string& type);
/// "a, b or c".
std::string or_list(const std::vector<std::string>& items);
/// A value of the schema as it is written in YAML.
std::string written(const Poco::Dynamic::Var& value);

}  // namespace tributary
