#include "agent/config/schedule_setting.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "agent/config/quoted_text.h"
#include "agent/config/scalar.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::array<const char*, 4> kinds{"every", "at", "cron", "watch"};

/// The texts of a list, or of one that stands for a list of one, each with its place.
std::vector<const YamlNode*> text_items(const YamlNode& node, const std::string& what, Diagnostics& diagnostics) {
    std::vector<const YamlNode*> items;
    const auto add = [&](const YamlNode& item) {
        if (!is_text(item)) {
            diagnostics.error(item.location, what + " must be text, or a list of texts; put each in quotes");
        } else {
            items.push_back(&item);
        }
    };
    if (node.is_sequence()) {
        std::for_each(node.items.begin(), node.items.end(), add);
    } else {
        add(node);
    }
    return items;
}

/// Runs `make` on the text of each item; an Error becomes a diagnostic at that item's place.
void for_each_item(const YamlNode& node, const std::string& what, Diagnostics& diagnostics,
                   const std::function<void(const std::string&)>& make) {
    std::vector<std::string> seen;
    for (const auto* item : text_items(node, what, diagnostics)) {
        if (std::find(seen.begin(), seen.end(), item->scalar) != seen.end()) {
            diagnostics.error(item->location, what + ": " + quoted_text(item->scalar) + " stands in the list twice");
            continue;
        }
        seen.push_back(item->scalar);
        try {
            make(item->scalar);
        } catch (const Error& error) {
            diagnostics.error(item->location, what + ": " + error.what());
        }
    }
}

std::optional<Schedule> read_times(const YamlNode& node, const std::string& what, const TimeZone& zone,
                                   Diagnostics& diagnostics) {
    std::vector<std::chrono::minutes> times;
    for_each_item(node, what + ": 'at'", diagnostics,
                  [&](const std::string& text) { times.push_back(parse_time_of_day(text)); });
    if (times.empty()) {
        if (node.is_sequence() && node.items.empty()) {
            diagnostics.error(node.location, what + ": 'at' needs at least one time of day, such as \"02:00\"");
        }
        return std::nullopt;
    }
    return Schedule::at(std::move(times), zone);
}

std::optional<Schedule> read_one(SettingReader& reader, const std::string& kind, const TimeZone& zone,
                                 Diagnostics& diagnostics) {
    const auto* node = reader.node(kind);
    if (kind == "at") {
        return read_times(*node, reader.what(), zone, diagnostics);
    }
    const auto text = reader.text_setting(kind);
    if (!text) {
        return std::nullopt;
    }
    try {
        if (kind == "cron") {
            return Schedule::cron(*text, zone);
        }
        return kind == "every" ? Schedule::every(parse_duration(*text)) : Schedule::watch(parse_duration(*text));
    } catch (const Error& error) {
        diagnostics.error(node->location, reader.what() + ": " + error.what());
        return std::nullopt;
    }
}

}  // namespace

Schedule read_schedule(SettingReader& parent, const std::filesystem::path& folder, const TimeZone& zone,
                       Schedule default_value, Diagnostics& diagnostics) {
    const auto* node = parent.node("schedule");
    if (node == nullptr) {
        return default_value;
    }
    const auto what = parent.what() + ": schedule";
    const std::string advice =
        what + " takes one of {watch: 5s}, {every: 15m}, {at: \"02:00\"}, {cron: \"30 1 * * *\"}";
    if (!node->is_mapping()) {
        diagnostics.error(node->location, advice);
        return default_value;
    }
    SettingReader reader(*node, what, folder, diagnostics);
    std::vector<std::string> present;
    for (const auto* kind : kinds) {
        if (reader.node(kind) != nullptr) {
            present.emplace_back(kind);
        }
    }
    std::optional<Schedule> schedule;
    if (present.size() == 1) {
        schedule = read_one(reader, present.front(), zone, diagnostics);
    } else {
        diagnostics.error(node->location, present.empty() ? advice
                                                          : what + " has both " + quoted_text(present[0]) + " and " +
                                                                quoted_text(present[1]) + "; keep one of them");
    }
    reader.finish();
    return schedule.value_or(default_value);
}

DayWindows read_windows(SettingReader& reader, const TimeZone& zone, Diagnostics& diagnostics) {
    const auto* node = reader.node("windows");
    if (node == nullptr) {
        return {};
    }
    std::vector<std::string> windows;
    for_each_item(*node, reader.what() + ": 'windows'", diagnostics, [&](const std::string& text) {
        [[maybe_unused]] const DayWindows checked({text}, zone);
        windows.push_back(text);
    });
    return {windows, zone};
}

}  // namespace tributary
