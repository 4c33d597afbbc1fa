#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "agent/platform/clock.h"
#include "agent/telemetry/log.h"

namespace tributary {

/// One event as one line, without the line break. For agent/telemetry alone. Whatever message and fields hold: the
/// result has no control character and is valid UTF-8.
///
/// "2026-11-22T08:30:00.000Z INFO  message stream=admissions rows=1200"; text with spaces, quotes or '=' is quoted.
std::string text_line(TimePoint time, LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
/// {"time":"...","level":"info","message":"...","stream":"admissions","rows":1200}, in ASCII.
std::string json_line(TimePoint time, LogLevel level, std::string_view message, std::initializer_list<LogField> fields);

}  // namespace tributary
