#include "agent/config/setting_reader.h"

#include <algorithm>
#include <array>

#include "agent/config/quoted_text.h"
#include "agent/config/scalar.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "agent/schedule/time_text.h"

namespace tributary {

namespace {

bool has_control_character(std::string_view text) {
    while (!text.empty()) {
        const auto character = first_utf8_character(text);
        if (!character.valid || is_control_character(character.code_point)) {
            return true;
        }
        text.remove_prefix(character.size);
    }
    return false;
}

/// "10 MiB", with one space or none; at most five digits, so that nothing overflows.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    struct Unit {
        std::string_view name;
        unsigned shift;
    };
    constexpr std::array<Unit, 4> units{{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}};
    for (const auto& unit : units) {
        if (text.ends_with(unit.name)) {
            text.remove_suffix(unit.name.size());
            text.remove_suffix(text.ends_with(' ') ? 1 : 0);
            const auto number = text.starts_with('0') ? std::nullopt : parse_digits(text, 5);
            return number ? std::optional(static_cast<std::uint64_t>(*number) << unit.shift) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> SettingReader::text_setting(std::string_view key) {
    const auto* value = node(key);
    if (value != nullptr && value->is_scalar() && !is_text(*value)) {
        error_at(key, quoted_text(key) + " must be text; put it in quotes");
        return std::nullopt;
    }
    auto text = optional_text(key);
    if (text && text->empty()) {
        error_at(key, quoted_text(key) + " must not be empty");
        return std::nullopt;
    }
    return text;
}

std::string SettingReader::required_text_setting(std::string_view key) {
    return required_node(key) != nullptr ? text_setting(key).value_or("") : "";
}

std::filesystem::path SettingReader::resolved(std::string_view key, const std::string& text) {
    if (has_control_character(text)) {
        error_at(key, quoted_text(key) + " must be the name of a file or folder, on one line");
        return {};
    }
    if (text.front() == '~') {
        error_at(key, quoted_text(key) + ": '~' has no meaning for a service; write the whole path");
        return {};
    }
    const std::u8string utf8(text.begin(), text.end());
    return (folder_ / std::filesystem::path(utf8)).lexically_normal();
}

std::filesystem::path SettingReader::path(std::string_view key, std::string_view default_value) {
    return resolved(key, text_setting(key).value_or(std::string(default_value)));
}

std::filesystem::path SettingReader::required_path(std::string_view key) {
    const auto text = required_text_setting(key);
    return text.empty() ? std::filesystem::path() : resolved(key, text);
}

std::vector<std::filesystem::path> SettingReader::paths(std::string_view key) {
    std::vector<std::filesystem::path> found;
    const auto* list = node(key);
    if (list == nullptr) {
        return found;
    }
    const auto& items = list->is_sequence() ? list->items : std::vector<YamlNode>{*list};
    for (const auto& item : items) {
        if (!item.is_scalar() || !is_text(item) || item.scalar.empty()) {
            error_at(key, quoted_text(key) + " must be a list of file names");
            return {};
        }
        auto path = resolved(key, item.scalar);
        if (std::find(found.begin(), found.end(), path) != found.end()) {
            error_at(key, quoted_text(key) + " names a file twice");
        }
        found.push_back(std::move(path));
    }
    return found;
}

std::chrono::seconds SettingReader::duration(std::string_view key, std::chrono::seconds default_value,
                                             std::chrono::seconds low, std::chrono::seconds high) {
    const auto text = text_setting(key);
    if (!text) {
        return default_value;
    }
    try {
        const auto duration = parse_duration(*text);
        if (duration >= low && duration <= high) {
            return duration;
        }
        error_at(key, quoted_text(key) + " must be from " + duration_text(low) + " to " + duration_text(high));
    } catch (const Error& error) {
        error_at(key, error.what());
    }
    return default_value;
}

std::uint64_t SettingReader::size(std::string_view key, std::uint64_t default_value, const SizeBounds& bounds) {
    const auto text = text_setting(key);
    if (!text) {
        return default_value;
    }
    const auto bytes = parse_size(*text);
    if (!bytes || *bytes < bounds.low || *bytes > bounds.high) {
        error_at(key, quoted_text(key) + " must be a size from " + std::string(bounds.words));
        return default_value;
    }
    return *bytes;
}

std::optional<std::uint64_t> SettingReader::bandwidth(std::string_view key) {
    const auto text = text_setting(key);
    if (!text) {
        return std::nullopt;
    }
    struct Unit {
        std::string_view name;
        std::uint64_t bits;
        int low;
        int high;
    };
    constexpr std::array<Unit, 3> units{
        {{"kbit/s", 1000, 100, 999999}, {"Mbit/s", 1000000, 1, 99999}, {"Gbit/s", 1000000000, 1, 99}}};
    for (const auto& unit : units) {
        if (text->ends_with(unit.name)) {
            auto digits = std::string_view(*text).substr(0, text->size() - unit.name.size());
            digits.remove_suffix(digits.ends_with(' ') ? 1 : 0);
            const auto number = digits.starts_with('0') ? std::nullopt : parse_digits(digits, 6);
            if (number && *number >= unit.low && *number <= unit.high) {
                return static_cast<std::uint64_t>(*number) * unit.bits;
            }
        }
    }
    error_at(key, quoted_text(key) + " must be bits a second from 100 kbit/s to 99 Gbit/s, such as 20 Mbit/s");
    return std::nullopt;
}

const YamlNode& SettingReader::part(std::string_view key) {
    absent_.location = location();
    const auto* found = node(key);
    return found != nullptr ? *found : absent_;
}

bool is_name(std::string_view text) noexcept {
    constexpr std::size_t longest = 63;
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !text.empty() && text.size() <= longest && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace tributary
