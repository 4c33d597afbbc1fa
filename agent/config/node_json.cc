#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Stringifier.h>

#include <charconv>
#include <sstream>

#include "agent/config/json_schema.h"
#include "agent/config/scalar.h"

namespace tributary {

namespace {

using Poco::Dynamic::Var;

Var to_var(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::sequence: {
            Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
            for (const auto& item : node.items) {
                array->add(to_var(item));
            }
            return array;
        }
        case YamlNode::Kind::mapping: {
            Poco::JSON::Object::Ptr object = new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER);
            for (const auto& [key, value] : node.entries) {
                object->set(key.scalar, to_var(value));
            }
            return object;
        }
        case YamlNode::Kind::null:
        case YamlNode::Kind::scalar:
            break;
    }
    return std::visit(
        [](const auto& value) -> Var {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::int64_t>) {
                return static_cast<Poco::Int64>(value);
            } else {
                return value;
            }
        },
        core_value(node));
}

/// "~1" stands for "/", "~0" for "~".
std::string unescape(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
            text += token[++i] == '0' ? '~' : '/';
        } else {
            text += token[i];
        }
    }
    return text;
}

const YamlNode* child(const YamlNode& node, const std::string& token) {
    if (node.is_mapping()) {
        return node.find(token);
    }
    std::size_t index = 0;
    const auto* end = token.data() + token.size();
    const auto result = std::from_chars(token.data(), end, index);
    const bool found = node.is_sequence() && result.ec == std::errc() && result.ptr == end && index < node.items.size();
    return found ? &node.items[index] : nullptr;
}

}  // namespace

std::string to_json(const YamlNode& node) {
    std::ostringstream text;
    Poco::JSON::Stringifier::stringify(to_var(node), text, 0, -1, Poco::JSON_WRAP_STRINGS);
    return text.str();
}

const YamlNode& node_at(const YamlNode& root, std::string_view json_pointer) {
    const YamlNode* node = &root;
    while (!json_pointer.empty() && json_pointer.front() == '/') {
        json_pointer.remove_prefix(1);
        const auto end = std::min(json_pointer.find('/'), json_pointer.size());
        const auto* next = child(*node, unescape(json_pointer.substr(0, end)));
        if (next == nullptr) {
            break;
        }
        node = next;
        json_pointer.remove_prefix(end);
    }
    return *node;
}

}  // namespace tributary
