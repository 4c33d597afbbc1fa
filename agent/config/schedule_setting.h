#pragma once

#include <string>

#include "agent/config/setting_reader.h"
#include "agent/schedule/schedule.h"

namespace tributary {

/// The mapping that says when: exactly one of `every: 15m`, `at: "02:00"` (or a list), `cron: "30 1 * * 1-5"`,
/// `watch: 5s`. `default_value` if the reader has no such key, or if the mapping is wrong, which is then in the
/// diagnostics.
Schedule read_schedule(SettingReader& reader, const std::filesystem::path& folder, const TimeZone& zone,
                       Schedule default_value, Diagnostics& diagnostics);

/// `windows`: a list of parts of the day, or one. Absent: always.
DayWindows read_windows(SettingReader& reader, const TimeZone& zone, Diagnostics& diagnostics);

}  // namespace tributary
