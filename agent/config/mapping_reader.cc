#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/config/yaml_node.h"

namespace tributary {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto candidate = nearest(word, candidates);
    return candidate ? "; did you mean " + quoted_text(*candidate) + "?" : "";
}

/// A decimal number, plain. A leading zero is refused, because some readers of YAML take 010 for eight.
std::optional<std::int64_t> whole_number(const YamlNode& node) {
    const std::string_view text = node.scalar;
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (node.quoted || digits.empty() || (digits.size() > 1 && digits.front() == '0')) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::string in_list(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ", ") + quoted_text(name);
    }
    return list;
}

}  // namespace

MappingReader::MappingReader(const YamlNode& node, std::string what, Diagnostics& diagnostics)
    : node_(node), what_(std::move(what)), diagnostics_(diagnostics) {
    if (!node_.is_mapping() && !node_.is_null()) {
        broken_ = true;
        diagnostics_.error(node_.location, what_ + " must be a mapping, that is, lines of the form 'key: value'");
    }
}

const YamlNode* MappingReader::node(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        known_.emplace_back(key);
    }
    return node_.find(key);
}

const YamlNode* MappingReader::required_node(std::string_view key) {
    const YamlNode* found = node(key);
    if (found == nullptr && !broken_) {
        diagnostics_.error(node_.location, what_ + ": the key " + quoted_text(key) + " is missing");
    }
    return found;
}

const YamlNode* MappingReader::scalar_of(std::string_view key, const YamlNode* value) {
    if (value == nullptr) {
        return nullptr;
    }
    if (value->is_null()) {
        error_at(key, quoted_text(key) + " has no value; give it one or remove the line");
        return nullptr;
    }
    if (!value->is_scalar()) {
        error_at(key, quoted_text(key) + " must be a single value, not a list or mapping");
        return nullptr;
    }
    return value;
}

std::string MappingReader::required_text(std::string_view key) {
    const YamlNode* value = scalar_of(key, required_node(key));
    if (value == nullptr) {
        return {};
    }
    if (value->scalar.empty()) {
        error_at(key, quoted_text(key) + " must not be empty");
    }
    return value->scalar;
}

std::string MappingReader::text(std::string_view key, std::string default_value) {
    return optional_text(key).value_or(std::move(default_value));
}

std::optional<std::string> MappingReader::optional_text(std::string_view key) {
    const YamlNode* value = scalar_of(key, node(key));
    return value != nullptr ? std::optional(value->scalar) : std::nullopt;
}

std::int64_t MappingReader::integer(std::string_view key, std::int64_t default_value, std::int64_t low,
                                    std::int64_t high) {
    const YamlNode* value = scalar_of(key, node(key));
    if (value == nullptr) {
        return default_value;
    }
    const auto number = whole_number(*value);
    if (!number || *number < low || *number > high) {
        error_at(key, quoted_text(key) + " must be a whole number from " + std::to_string(low) + " to " +
                          std::to_string(high) + ", without quotes or leading zeros");
        return default_value;
    }
    return *number;
}

bool MappingReader::boolean(std::string_view key, bool default_value) {
    const YamlNode* value = scalar_of(key, node(key));
    if (value == nullptr) {
        return default_value;
    }
    // The YAML 1.2 core schema; yes, no, on and off are text there.
    for (const std::string_view name : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
        if (!value->quoted && value->scalar == name) {
            return name.size() == 4;
        }
    }
    error_at(key, quoted_text(key) + " must be true or false, without quotes");
    return default_value;
}

std::string MappingReader::choice(std::string_view key, const std::vector<std::string>& choices,
                                  std::string default_value) {
    const YamlNode* value = scalar_of(key, node(key));
    if (value == nullptr) {
        return default_value;
    }
    if (std::find(choices.begin(), choices.end(), value->scalar) == choices.end()) {
        error_at(key, quoted_text(key) + " must be one of " + in_list(choices) + did_you_mean(value->scalar, choices));
        return default_value;
    }
    return value->scalar;
}

std::vector<std::string> MappingReader::texts(std::string_view key) {
    const YamlNode* value = node(key);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_sequence()) {
        value = scalar_of(key, value);
        return value != nullptr ? std::vector{value->scalar} : std::vector<std::string>{};
    }
    std::vector<std::string> texts;
    for (const YamlNode& item : value->items) {
        if (item.is_scalar()) {
            texts.push_back(item.scalar);
        } else {
            diagnostics_.error(item.location, what_ + ": each item of " + quoted_text(key) + " must be a single value");
        }
    }
    return texts;
}

void MappingReader::error_at(std::string_view key, std::string message) {
    const YamlNode* value = node_.find(key);
    diagnostics_.error(value != nullptr ? value->location : node_.location, what_ + ": " + std::move(message));
}

void MappingReader::finish() {
    for (const auto& [key, value] : node_.entries) {
        if (std::find(known_.begin(), known_.end(), key.scalar) == known_.end()) {
            diagnostics_.error(key.location,
                               what_ + ": unknown key " + quoted_text(key.scalar) + did_you_mean(key.scalar, known_));
        }
    }
}

}  // namespace tributary
