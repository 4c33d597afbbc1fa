#pragma once

#include <cstddef>

#include "agent/deidentify/action_table.h"
#include "agent/deidentify/date_format.h"

namespace tributary {

enum class DatePrecision { year, quarter, month, week, day, hour };

inline constexpr std::size_t longest_reduced_date = 13;  ///< characters: "2026-11-22T13"

/// Writes a date at a precision and answers its length: "2026", "2026-Q4", "2026-11", "2026-W47" (ISO 8601 week, with
/// that week's year), "2026-11-22", "2026-11-22T13".
std::size_t write_reduced_date(const WrittenDate& date, DatePrecision precision, char* out) noexcept;

/// `date`: `precision`. Reads text in the stream's formats, and date32 and timestamp columns as they are.
CompiledAction compile_date(MappingReader& options, const ActionContext& context);

}  // namespace tributary
