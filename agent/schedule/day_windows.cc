#include "agent/schedule/day_windows.h"

#include <algorithm>

#include "agent/config/quoted_text.h"
#include "agent/platform/error.h"
#include "agent/schedule/time_text.h"

namespace tributary {

namespace {

std::chrono::minutes parse_end(std::string_view text) {
    return text == "24:00" ? std::chrono::minutes(std::chrono::days(1)) : parse_time_of_day(text);
}

}  // namespace

DayWindows::DayWindows(const std::vector<std::string>& windows, TimeZone zone) : zone_(std::move(zone)) {
    for (const auto& text : windows) {
        const std::string_view all = text;
        if (all.size() != 11 || all[5] != '-') {
            throw Error(
                ErrorCode::input,
                quoted_text(text) + " is not a part of the day; write its begin and end, such as \"20:00-06:00\"");
        }
        const Window window{parse_time_of_day(all.substr(0, 5)), parse_end(all.substr(6))};
        if (window.begin == window.end) {
            throw Error(ErrorCode::input, quoted_text(text) +
                                              " begins when it ends; leave the windows out if all day is meant, or "
                                              "write \"00:00-24:00\"");
        }
        windows_.push_back(window);
    }
}

bool DayWindows::open(TimePoint time) const noexcept {
    const auto local = zone_.to_local(time);
    const auto of_day = local - std::chrono::floor<std::chrono::days>(local);
    return windows_.empty() || std::any_of(windows_.begin(), windows_.end(), [&](const Window& window) {
               return window.begin < window.end ? of_day >= window.begin && of_day < window.end
                                                : of_day >= window.begin || of_day < window.end;
           });
}

TimePoint DayWindows::next_open(TimePoint time) const noexcept {
    if (open(time)) {
        return time;
    }
    // A window opens at its begin, in either offset where a day has two, or when the clocks jump into it: at 01:00 UTC.
    const auto today = std::chrono::floor<std::chrono::days>(time);
    auto next = TimePoint::max();
    const auto consider = [&](TimePoint candidate) {
        if (candidate > time && candidate < next && open(candidate)) {
            next = candidate;
        }
    };
    for (auto day = today - std::chrono::days(1); day <= today + std::chrono::days(3); day += std::chrono::days(1)) {
        consider(day + std::chrono::hours(1));
        for (const auto& window : windows_) {
            consider(day + window.begin);
            consider(day + window.begin - std::chrono::hours(1));
        }
    }
    return next;
}

std::string DayWindows::describe() const {
    if (windows_.empty()) {
        return "always";
    }
    std::string text;
    for (const auto& window : windows_) {
        text += (text.empty() ? "" : ", ") + time_of_day_text(window.begin) + "-" + time_of_day_text(window.end);
    }
    return text + " " + zone_.name();
}

}  // namespace tributary
