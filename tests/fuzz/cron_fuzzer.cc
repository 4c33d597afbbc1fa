// A cron expression is refused with an Error, or its next run is a minute strictly later that it matches.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "agent/platform/error.h"
#include "agent/schedule/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    std::uint32_t minutes = 0;  // since 2000
    if (size < sizeof minutes) {
        return 0;
    }
    std::memcpy(&minutes, data, sizeof minutes);
    const std::string_view text(reinterpret_cast<const char*>(data) + sizeof minutes, size - sizeof minutes);
    try {
        const auto schedule = Schedule::cron(text, TimeZone::named("Europe/London"));
        const auto after = TimePoint(std::chrono::sys_days{std::chrono::year(2000) / 1 / 1}) +
                           std::chrono::minutes(minutes % (200U * 365U * 1440U));
        const auto next = schedule.next(after, {});
        if (next &&
            (*next <= after || next->time_since_epoch() % std::chrono::minutes(1) != std::chrono::milliseconds(0))) {
            std::abort();
        }
    } catch (const Error&) {
    }
    return 0;
}
