#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/deidentify/date_action.h"
#include "agent/record/civil_date.h"

// The first line is a pattern, the rest a value: what is read is a day of the calendar, and is written within the room.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    std::string fault;
    const auto format = DateFormat::compile(input.substr(0, end), fault);
    if (!format || end == std::string_view::npos) {
        return 0;
    }
    WrittenDate date;
    if (!format->read(input.substr(end + 1), date)) {
        return 0;
    }
    const CivilDate day{date.year, date.month, date.day};
    if (!(civil_date(days_since_epoch(day)) == day) || date.hour > 23) {
        std::abort();
    }
    for (const auto precision : {DatePrecision::year, DatePrecision::quarter, DatePrecision::month, DatePrecision::week,
                                 DatePrecision::day, DatePrecision::hour}) {
        std::string out(longest_reduced_date, '\0');
        if (write_reduced_date(date, precision, out.data()) > out.size()) {
            std::abort();
        }
    }
    return 0;
}
