#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "agent/config/yaml_node.h"

namespace tributary {

/// What a scalar is: nothing, true or false, a whole number, a number, text. Whole numbers beyond 64 bits are numbers;
/// what is too large for a double is the largest.
using ScalarValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// A scalar or null node as YAML 1.2's core schema reads it (section 10.3.2). What stands in quotes is always text.
/// Infinity and not-a-number have no JSON form and stay text.
ScalarValue core_value(const YamlNode& node);

/// Is this scalar text, for loader and JSON Schema alike?
bool is_text(const YamlNode& node);

}  // namespace tributary
