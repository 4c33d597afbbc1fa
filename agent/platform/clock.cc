#include "agent/platform/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "agent/platform/error.h"

namespace tributary {
namespace {

class SystemClock final : public Clock {
  public:
    TimePoint now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }

    bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  std::chrono::milliseconds duration, const std::function<bool()>& ready) override {
        // Added to the time of now, a duration near the type's end ("for ever") would overflow into the past.
        constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
        const auto deadline = std::chrono::steady_clock::now() + std::min(duration, longest);
        return condition.wait_until(lock, deadline, ready);
    }
};

[[noreturn]] void throw_not_a_time() {
    throw Error(ErrorCode::input, "this is not a time in RFC 3339 form, such as 2026-11-22T08:30:00.000Z");
}

/// Reads a text from front to back; each step throws if it does not fit.
class TimeText {
  public:
    explicit TimeText(std::string_view text) : rest_(text) {}

    /// Exactly `count` digits.
    int digits(int count) {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            value = value * 10 + digit();
        }
        return value;
    }

    void expect(char upper, char lower) {
        if (!accept(upper) && !accept(lower)) {
            throw_not_a_time();
        }
    }

    bool accept(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// The fraction after the point, cut off to milliseconds.
    std::chrono::milliseconds fraction() {
        int milliseconds = 0;
        int weight = 100;
        do {
            milliseconds += digit() * weight;
            weight /= 10;
        } while (!rest_.empty() && is_digit(rest_.front()));
        return std::chrono::milliseconds(milliseconds);
    }

    std::chrono::minutes offset() {
        if (accept('Z') || accept('z')) {
            return {};
        }
        const bool minus = accept('-');
        if (!minus && !accept('+')) {
            throw_not_a_time();
        }
        const int hours = digits(2);
        expect(':', ':');
        const int minutes = digits(2);
        if (hours > 23 || minutes > 59) {
            throw_not_a_time();
        }
        const std::chrono::minutes size = std::chrono::hours(hours) + std::chrono::minutes(minutes);
        return minus ? -size : size;
    }

    bool at_end() const { return rest_.empty(); }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    int digit() {
        if (rest_.empty() || !is_digit(rest_.front())) {
            throw_not_a_time();
        }
        const int value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
};

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

std::string to_rfc3339(TimePoint time) {
    constexpr TimePoint first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
    constexpr TimePoint after_last = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
    if (time < first || time >= after_last) {
        throw Error(ErrorCode::input, "RFC 3339 has no form for a time outside the years 0000 to 9999");
    }
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

TimePoint from_rfc3339(std::string_view text) {
    TimeText reader(text);
    const std::chrono::year year(reader.digits(4));
    reader.expect('-', '-');
    const std::chrono::month month(static_cast<unsigned>(reader.digits(2)));
    reader.expect('-', '-');
    const std::chrono::day day(static_cast<unsigned>(reader.digits(2)));
    reader.expect('T', 't');
    const int hours = reader.digits(2);
    reader.expect(':', ':');
    const int minutes = reader.digits(2);
    reader.expect(':', ':');
    const int seconds = reader.digits(2);
    std::chrono::milliseconds fraction{};
    if (reader.accept('.')) {
        fraction = reader.fraction();
    }
    const std::chrono::minutes offset = reader.offset();
    const std::chrono::year_month_day date(year, month, day);
    if (!reader.at_end() || !date.ok() || hours > 23 || minutes > 59 || seconds > 60) {
        throw_not_a_time();
    }
    const TimePoint minute =
        std::chrono::sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) - offset;
    // RFC 3339, 5.7: second 60 is there for leap seconds only, which come at the end of a day in UTC.
    const auto minute_of_day = minute - std::chrono::floor<std::chrono::days>(minute);
    if (seconds == 60 && minute_of_day != std::chrono::hours(23) + std::chrono::minutes(59)) {
        throw_not_a_time();
    }
    return minute + std::chrono::seconds(seconds) + fraction;
}

}  // namespace tributary
