#pragma once

#include <string>
#include <string_view>

#include "agent/config/yaml_node.h"

namespace tributary {

/// Checks a YAML node against a JSON Schema (the part of 2020-12 that plugins and config/ use: type, properties,
/// required, additionalProperties, patternProperties, propertyNames, minProperties, maxProperties, enum, const,
/// minimum, maximum, minLength, maxLength, pattern, items, minItems, maxItems, uniqueItems, oneOf, anyOf, $ref to
/// #/$defs, $defs, true and false, and the annotations $schema, $id, $comment, default, title, description, examples;
/// another keyword is Error(internal), so that nothing is passed over silently). Each fault is reported at the YAML's
/// own line and column, unknown keys with the nearest known one; in the order of the file. `what` begins each message:
/// "options of source 'hospital'". Values are not repeated in messages: an option may be what ought to be a secret.
/// Where a pattern is not met, the schema's `description` says what is wanted.
void check_against_schema(const YamlNode& node, std::string_view json_schema, const std::string& what,
                          Diagnostics& diagnostics);

/// The node as JSON text, as YAML's core schema reads it (true, 12, 1.5, null, text; quoted is always text).
std::string to_json(const YamlNode& node);

/// The node that a JSON Pointer (RFC 6901) leads to, or the deepest one on the way that exists.
const YamlNode& node_at(const YamlNode& root, std::string_view json_pointer);

}  // namespace tributary
