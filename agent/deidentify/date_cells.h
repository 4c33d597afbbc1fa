#pragma once

#include <cstddef>
#include <string_view>

#include "agent/deidentify/action.h"
#include "agent/deidentify/date_reader.h"

namespace tributary {

/// The first reason of every action that reads dates.
inline constexpr std::string_view not_a_date = "not_a_date";

/// A column as dates: text in the stream's formats, date32 and timestamp columns as they are. For one batch; the column
/// and the reader must outlive it.
class DateCells {
  public:
    DateCells(const Column& column, const DateReader& dates);

    std::size_t rows() const noexcept { return column_.length(); }
    /// filled, empty (null or blank), or first_reason (`not_a_date`), also for years before first_year and after
    /// last_year.
    Outcome read(std::size_t row, WrittenDate& date) const noexcept;

  private:
    Column column_;  // text, date32 or timestamp
    const DateReader& dates_;
};

/// Days since 1970-01-01.
std::int64_t day_of(const WrittenDate& date) noexcept;

}  // namespace tributary
