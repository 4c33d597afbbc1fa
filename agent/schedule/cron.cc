#include "agent/schedule/cron.h"

#include <array>
#include <string>
#include <vector>

#include "agent/config/quoted_text.h"
#include "agent/platform/error.h"
#include "agent/schedule/time_text.h"

namespace tributary {

namespace {

struct FieldRule {
    const char* name;
    int low;
    int high;
    const char* may_hold;
    std::vector<std::string_view> names;  // of low, low + 1, ...
};

const std::array<FieldRule, 5>& field_rules() {
    static const std::array<FieldRule, 5> rules{
        {{"minute", 0, 59, "0 to 59", {}},
         {"hour", 0, 23, "0 to 23", {}},
         {"day of the month", 1, 31, "1 to 31", {}},
         {"month",
          1,
          12,
          "1 to 12 or jan to dec",
          {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
         {"day of the week",
          0,
          7,
          "0 to 7 (Sunday is 0 and 7) or mon to sun",
          {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}}};
    return rules;
}

[[noreturn]] void refuse(const FieldRule& rule, std::string_view text, const std::string& why) {
    throw Error(ErrorCode::input, "cron: the field for the " + std::string(rule.name) + ", " + quoted_text(text) +
                                      ", " + why + "; it may hold *, numbers from " + rule.may_hold +
                                      ", ranges (1-5), lists (1,3) and steps (*/2, 8-18/2)");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> result;
    constexpr std::string_view blank = " \t";
    for (auto begin = text.find_first_not_of(blank); begin != std::string_view::npos;
         begin = text.find_first_not_of(blank)) {
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(blank), text.size());
        result.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

bool same_name(std::string_view text, std::string_view name) {
    if (text.size() != name.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char lower = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        if (lower != name[i]) {
            return false;
        }
    }
    return true;
}

int parse_value(std::string_view text, const FieldRule& rule, std::string_view field) {
    for (std::size_t i = 0; i < rule.names.size(); ++i) {
        if (same_name(text, rule.names[i])) {
            return rule.low + static_cast<int>(i);
        }
    }
    const auto number = parse_digits(text, 2);
    if (!number) {
        refuse(rule, field, "has " + quoted_text(text) + " where a number belongs");
    }
    if (*number < rule.low || *number > rule.high) {
        refuse(rule, field, "has " + quoted_text(text) + ", which is out of range");
    }
    return *number;
}

/// One item of a list: `*`, `5`, `1-5`, each with `/step` perhaps.
template <std::size_t Size>
void add_item(std::string_view item, const FieldRule& rule, std::string_view field, std::bitset<Size>& into) {
    int step = 1;
    const auto slash = item.find('/');
    const auto base = item.substr(0, slash);
    if (slash != std::string_view::npos) {
        const auto written = parse_digits(item.substr(slash + 1), 2);
        if (!written || *written == 0) {
            refuse(rule, field, "has a step that is not a number from 1");
        }
        step = *written;
    }
    int first = rule.low;
    int last = rule.high;
    if (base != "*") {
        const auto ends = split(base, '-');
        first = parse_value(ends[0], rule, field);
        if (ends.size() > 2) {
            refuse(rule, field, "has a range with more than two ends");
        }
        if (ends.size() == 2) {
            last = parse_value(ends[1], rule, field);
            if (rule.high == 7 && last == 0 && first > 0) {
                last = 7;  // fri-sun
            }
            if (last < first) {
                refuse(rule, field, "has a range that runs backwards");
            }
        } else if (slash != std::string_view::npos) {
            refuse(rule, field, "has a step without a range");
        } else {
            last = first;
        }
    }
    for (int value = first; value <= last; value += step) {
        into.set(static_cast<std::size_t>(value));
    }
}

template <std::size_t Size>
std::bitset<Size> parse_field(std::string_view text, const FieldRule& rule) {
    std::bitset<Size> set;
    for (const auto item : split(text, ',')) {
        add_item(item, rule, text, set);
    }
    return set;
}

}  // namespace

CronExpression::CronExpression(std::string_view expression) {
    const auto fields = words(expression);
    if (fields.size() != 5) {
        throw Error(ErrorCode::input, "cron: " + quoted_text(expression) + " has " + std::to_string(fields.size()) +
                                          " fields; write five: minute, hour, day of the month, month, day of the "
                                          "week (\"30 1 * * mon-fri\")");
    }
    const auto& rules = field_rules();
    minutes_ = parse_field<60>(fields[0], rules[0]);
    hours_ = parse_field<24>(fields[1], rules[1]);
    days_ = parse_field<32>(fields[2], rules[2]);
    months_ = parse_field<13>(fields[3], rules[3]);
    const auto weekdays = parse_field<8>(fields[4], rules[4]);
    for (std::size_t day = 0; day <= 7; ++day) {
        weekdays_[day % 7] = weekdays_[day % 7] || weekdays[day];
    }
    either_day_ = fields[2].front() != '*' && fields[4].front() != '*';
}

bool CronExpression::matches_day(std::chrono::local_days day) const noexcept {
    const std::chrono::year_month_day date{day};
    const bool by_date = days_[static_cast<unsigned>(date.day())];
    const bool by_weekday = weekdays_[std::chrono::weekday{day}.c_encoding()];
    return months_[static_cast<unsigned>(date.month())] &&
           (either_day_ ? by_date || by_weekday : by_date && by_weekday);
}

bool CronExpression::matches(LocalTime local) const noexcept {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto minute = std::chrono::floor<std::chrono::minutes>(local - day);
    return matches_day(day) && hours_[static_cast<std::size_t>(minute.count() / 60)] &&
           minutes_[static_cast<std::size_t>(minute.count() % 60)];
}

std::optional<TimePoint> CronExpression::next_within(std::chrono::local_days day, TimePoint after,
                                                     const TimeZone& zone) const {
    if (runs_every_hour()) {
        const auto end = zone.to_utc(day + std::chrono::days(1));
        auto time = std::max<TimePoint>(std::chrono::floor<std::chrono::minutes>(after) + std::chrono::minutes(1),
                                        zone.to_utc(day));
        for (; time < end; time += std::chrono::minutes(1)) {
            if (matches(zone.to_local(time))) {
                return time;
            }
        }
        return std::nullopt;
    }
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
        for (std::size_t minute = 0; hours_[hour] && minute < minutes_.size(); ++minute) {
            if (minutes_[minute]) {
                const auto time = zone.to_utc(day + std::chrono::hours(hour) + std::chrono::minutes(minute));
                if (time > after) {
                    return time;
                }
            }
        }
    }
    return std::nullopt;
}

std::optional<TimePoint> CronExpression::next(TimePoint after, const TimeZone& zone) const {
    // 29 February falls on a given weekday again after 40 years at most (12 where no century without it lies between).
    constexpr int months_ahead = 41 * 12;
    const auto today = std::chrono::floor<std::chrono::days>(zone.to_local(after));
    const std::chrono::year_month_day date{today};
    auto month = date.year() / date.month();
    for (int i = 0; i < months_ahead; ++i, month += std::chrono::months(1)) {
        if (!months_[static_cast<unsigned>(month.month())]) {
            continue;
        }
        const std::chrono::local_days end{(month + std::chrono::months(1)) / std::chrono::day(1)};
        for (auto day = std::max(today, std::chrono::local_days{month / std::chrono::day(1)}); day < end;
             day += std::chrono::days(1)) {
            if (matches_day(day)) {
                if (const auto time = next_within(day, after, zone)) {
                    return time;
                }
            }
        }
    }
    return std::nullopt;
}

}  // namespace tributary
