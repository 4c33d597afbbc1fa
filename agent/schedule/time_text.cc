#include "agent/schedule/time_text.h"

#include "agent/config/quoted_text.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

void append_two_digits(std::string& text, std::chrono::minutes::rep number) {
    text += static_cast<char>('0' + number / 10);
    text += static_cast<char>('0' + number % 10);
}

}  // namespace

std::optional<int> parse_digits(std::string_view text, std::size_t most_digits) noexcept {
    if (text.empty() || text.size() > most_digits) {
        return std::nullopt;
    }
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        number = number * 10 + (c - '0');
    }
    return number;
}

std::chrono::seconds parse_duration(std::string_view text) {
    const auto number = text.empty() ? std::nullopt : parse_digits(text.substr(0, text.size() - 1), 8);
    std::chrono::seconds duration = longest_duration + std::chrono::seconds(1);
    if (number) {
        switch (text.back()) {
            case 's':
                duration = std::chrono::seconds(*number);
                break;
            case 'm':
                duration = std::chrono::minutes(*number);
                break;
            case 'h':
                duration = std::chrono::hours(*number);
                break;
            case 'd':
                duration = std::chrono::days(*number);
                break;
            default:
                break;
        }
    }
    if (duration > longest_duration) {
        throw Error(ErrorCode::input, quoted_text(text) +
                                          " is not a length of time; write a whole number and s, m, h or d (90s, 15m, "
                                          "2h, 1d), at most 366d");
    }
    return duration;
}

std::chrono::minutes parse_time_of_day(std::string_view text) {
    if (text.size() == 5 && text[2] == ':') {
        const auto hour = parse_digits(text.substr(0, 2), 2);
        const auto minute = parse_digits(text.substr(3), 2);
        if (hour && minute && *hour < 24 && *minute < 60) {
            return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
        }
    }
    throw Error(ErrorCode::input,
                quoted_text(text) + " is not a time of day; write hours and minutes, \"00:00\" to \"23:59\"");
}

std::string duration_text(std::chrono::seconds duration) {
    struct Unit {
        std::chrono::seconds length;
        const char* name;
    };
    constexpr Unit units[] = {
        {std::chrono::days(1), "day"}, {std::chrono::hours(1), "hour"}, {std::chrono::minutes(1), "minute"}};
    for (const auto& unit : units) {
        if (duration.count() != 0 && duration % unit.length == std::chrono::seconds(0)) {
            const auto count = duration / unit.length;
            return std::to_string(count) + " " + unit.name + (count == 1 ? "" : "s");
        }
    }
    return std::to_string(duration.count()) + (duration.count() == 1 ? " second" : " seconds");
}

std::string time_of_day_text(std::chrono::minutes time) {
    std::string text;
    append_two_digits(text, time.count() / 60);
    text += ':';
    append_two_digits(text, time.count() % 60);
    return text;
}

}  // namespace tributary
