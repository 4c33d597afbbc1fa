#include "agent/deidentify/date_cells.h"

#include "agent/deidentify/normalise.h"
#include "agent/record/civil_date.h"

namespace tributary {
namespace {

bool holds_days(const Column& column) noexcept {
    return column.type() == ColumnType::date32 || column.type() == ColumnType::timestamp;
}

}  // namespace

DateCells::DateCells(const Column& column, const DateReader& dates)
    : column_(holds_days(column) ? column : column.as_text()), dates_(dates) {}

Outcome DateCells::read(std::size_t row, WrittenDate& date) const noexcept {
    constexpr std::int64_t an_hour = 3'600'000'000;  // microseconds
    if (column_.is_null(row)) {
        return outcome::empty;
    }
    if (column_.type() == ColumnType::utf8) {
        const auto text = trim_ascii(column_.text(row));
        return text.empty() ? outcome::empty : dates_.read(text, date) ? outcome::filled : outcome::first_reason;
    }
    const bool has_time = column_.type() == ColumnType::timestamp;
    const auto time = has_time ? civil_time(column_.timestamp(row)) : CivilTime{column_.date32(row), 0};
    const auto day = civil_date(time.days);
    if (day.year < first_year || day.year > last_year) {
        return outcome::first_reason;
    }
    date = {static_cast<int>(day.year), day.month, day.day, static_cast<unsigned>(time.microseconds / an_hour),
            has_time};
    return outcome::filled;
}

std::int64_t day_of(const WrittenDate& date) noexcept {
    return days_since_epoch({date.year, date.month, date.day});
}

}  // namespace tributary
