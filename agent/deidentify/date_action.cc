#include "agent/deidentify/date_action.h"

#include <algorithm>

#include "agent/deidentify/date_cells.h"
#include "agent/deidentify/text_action.h"
#include "agent/record/civil_date.h"

namespace tributary {
namespace {

constexpr std::string_view date_reasons[] = {not_a_date, "no_time"};
constexpr const char* names[] = {"year", "quarter", "month", "week", "day", "hour"};  // as DatePrecision
constexpr Outcome no_time = outcome::first_reason + 1;

char* put_digits(char* out, unsigned value, unsigned digits) noexcept {
    for (unsigned i = digits; i > 0; --i, value /= 10) {
        out[i - 1] = static_cast<char>('0' + value % 10);
    }
    return out + digits;
}

/// The week that holds a day belongs to the year of its Thursday (ISO 8601, 3.1.1.23).
char* put_week(char* out, const WrittenDate& date) noexcept {
    const auto days = days_since_epoch({date.year, date.month, date.day});
    const auto since_monday = ((days + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    const auto thursday = days - since_monday + 3;
    const auto year = civil_date(thursday).year;
    const auto week = (thursday - days_since_epoch({year, 1, 1})) / 7 + 1;
    out = put_digits(out, static_cast<unsigned>(year), 4);
    *out++ = '-';
    *out++ = 'W';
    return put_digits(out, static_cast<unsigned>(week), 2);
}

class DateAction final : public TextAction {
  public:
    DateAction(DatePrecision precision, std::shared_ptr<const DateReader> dates)
        : precision_(precision), dates_(std::move(dates)) {}

    std::string_view name() const noexcept override { return "date"; }
    std::span<const std::string_view> reasons() const noexcept override { return date_reasons; }

    std::string describe() const override { return "reduced to its " + std::string(names[index()]); }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const DateCells cells(input.column, *dates_);
        TextBuilder output(cells.rows(), cells.rows() * longest_reduced_date);
        for (std::size_t row = 0; row < cells.rows(); ++row) {
            WrittenDate date;
            outcomes[row] = cells.read(row, date);
            if (outcomes[row] == outcome::filled) {
                outcomes[row] = write(date, output);
            }
            if (outcomes[row] != outcome::filled) {
                output.append_null();
            }
        }
        std::vector<Column> columns;
        columns.push_back(output.finish());
        return columns;
    }

  private:
    std::size_t index() const noexcept { return static_cast<std::size_t>(precision_); }

    Outcome write(const WrittenDate& date, TextBuilder& output) const {
        if (precision_ == DatePrecision::hour && !date.has_time) {
            return no_time;
        }
        output.written(write_reduced_date(date, precision_, output.room(longest_reduced_date)));
        return outcome::filled;
    }

    DatePrecision precision_;
    std::shared_ptr<const DateReader> dates_;
};

}  // namespace

std::size_t write_reduced_date(const WrittenDate& date, DatePrecision precision, char* out) noexcept {
    const char* const begin = out;
    if (precision == DatePrecision::week) {
        return static_cast<std::size_t>(put_week(out, date) - begin);
    }
    out = put_digits(out, static_cast<unsigned>(date.year), 4);
    if (precision == DatePrecision::quarter) {
        *out++ = '-';
        *out++ = 'Q';
        *out++ = static_cast<char>('1' + (date.month - 1) / 3);
    } else if (precision != DatePrecision::year) {
        *out++ = '-';
        out = put_digits(out, date.month, 2);
        if (precision != DatePrecision::month) {
            *out++ = '-';
            out = put_digits(out, date.day, 2);
        }
        if (precision == DatePrecision::hour) {
            *out++ = 'T';
            out = put_digits(out, date.hour, 2);
        }
    }
    return static_cast<std::size_t>(out - begin);
}

CompiledAction compile_date(MappingReader& options, const ActionContext& context) {
    const auto precision = required_choice(options, "precision", {std::begin(names), std::end(names)});
    if (!precision) {
        return {};
    }
    const auto index = std::find(std::begin(names), std::end(names), *precision) - std::begin(names);
    return {std::make_shared<DateAction>(static_cast<DatePrecision>(index), context.dates), {}};
}

}  // namespace tributary
