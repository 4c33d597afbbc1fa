#include "agent/schedule/schedule.h"

#include <algorithm>

#include "agent/platform/error.h"
#include "agent/schedule/cron.h"

namespace tributary {

namespace {

constexpr std::chrono::milliseconds tick{1};
constexpr std::chrono::hours largest_believed_jump{48};

void check_interval(std::chrono::seconds interval, std::chrono::seconds longest, const std::string& what) {
    if (interval < std::chrono::seconds(1) || interval > longest) {
        throw Error(ErrorCode::input,
                    what + ": the interval must be from 1s to " + std::to_string(longest / std::chrono::days(1)) + "d");
    }
}

std::optional<TimePoint> next_daily(const std::vector<std::chrono::minutes>& times, const TimeZone& zone,
                                    TimePoint after) {
    const auto today = std::chrono::floor<std::chrono::days>(zone.to_local(after));
    for (auto day = today;; day += std::chrono::days(1)) {
        for (const auto time_of_day : times) {
            const auto time = zone.to_utc(day + time_of_day);
            if (time > after) {
                return time;  // on the next day at the latest
            }
        }
    }
}

}  // namespace

Schedule Schedule::every(std::chrono::seconds interval) {
    check_interval(interval, longest_duration, "every");
    Schedule schedule;
    schedule.kind_ = Kind::every;
    schedule.interval_ = interval;
    schedule.text_ = "every " + duration_text(interval);
    return schedule;
}

Schedule Schedule::at(std::vector<std::chrono::minutes> times, TimeZone zone) {
    if (times.empty()) {
        throw Error(ErrorCode::input, "at: a time of day is missing, such as \"02:00\"");
    }
    Schedule schedule;
    schedule.kind_ = Kind::at;
    schedule.zone_ = std::move(zone);
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    for (const auto time : times) {
        if (time < std::chrono::minutes(0) || time >= std::chrono::days(1)) {
            throw Error(ErrorCode::input, "at: a time of day must be from 00:00 to 23:59");
        }
        schedule.text_ += (schedule.text_.empty() ? "daily at " : ", ") + time_of_day_text(time);
    }
    schedule.text_ += " " + schedule.zone_.name();
    schedule.times_ = std::move(times);
    return schedule;
}

Schedule Schedule::cron(std::string_view expression, TimeZone zone) {
    Schedule schedule;
    schedule.kind_ = Kind::cron;
    schedule.cron_ = std::make_shared<CronExpression>(expression);
    schedule.zone_ = std::move(zone);
    schedule.text_ = "cron '" + std::string(expression) + "' " + schedule.zone_.name();
    return schedule;
}

Schedule Schedule::watch(std::chrono::seconds poll) {
    check_interval(poll, std::chrono::days(1), "watch");
    Schedule schedule;
    schedule.kind_ = Kind::watch;
    schedule.interval_ = poll;
    schedule.text_ = "when there is something new, looked at every " + duration_text(poll);
    return schedule;
}

std::optional<TimePoint> Schedule::next(TimePoint after, std::optional<TimePoint> last) const {
    if (last && *last > after + largest_believed_jump) {
        last.reset();
    }
    if (kind_ == Kind::every || kind_ == Kind::watch) {
        const auto at_once = after + tick;
        // The clock may have been set back since; no interval becomes longer by that.
        return last ? std::max<TimePoint>(std::min(*last, after) + interval_, at_once) : at_once;
    }
    const auto from = last ? std::max(after, *last) : after;
    return kind_ == Kind::at ? next_daily(times_, zone_, from) : cron_->next(from, zone_);
}

std::string Schedule::describe() const {
    return text_;
}

}  // namespace tributary
