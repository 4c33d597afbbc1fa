#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/config/yaml_node.h"

namespace {

using tributary::YamlNode;

/// What parse_yaml promises of every tree that it returns.
void check(const YamlNode& node, int depth) {
    const bool place_is_known = node.location.line >= 1 && node.location.column >= 1;
    const bool shape_is_right = (node.items.empty() || node.is_sequence()) &&
                                (node.entries.empty() || node.is_mapping()) &&
                                (node.scalar.empty() || node.is_scalar());
    if (!place_is_known || !shape_is_right || depth > 65) {
        std::abort();
    }
    for (const YamlNode& item : node.items) {
        check(item, depth + 1);
    }
    for (const auto& [key, value] : node.entries) {
        // The first of that name is this one: no key stands twice.
        if (!key.is_scalar() || node.find(key.scalar) != &value) {
            std::abort();
        }
        check(value, depth + 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
    try {
        check(tributary::parse_yaml(text, "a.yaml"), 0);
    } catch (const tributary::ConfigurationError& error) {
        if (!error.diagnostics().has_errors()) {
            std::abort();
        }
    }
    return 0;
}
