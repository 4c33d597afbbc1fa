#include "agent/deidentify/date_shift_action.h"

#include <utility>

#include "agent/deidentify/date_action.h"
#include "agent/deidentify/date_cells.h"
#include "agent/deidentify/derived_key.h"
#include "agent/deidentify/key_options.h"
#include "agent/deidentify/text_action.h"
#include "agent/keys/digest.h"
#include "agent/record/civil_date.h"

namespace tributary {
namespace {

constexpr std::string_view date_shift_reasons[] = {not_a_date, "no_patient"};
constexpr Outcome no_patient = outcome::first_reason + 1;
constexpr std::int64_t days_a_week = 7;

/// The number of days that all dates of a person move by.
class Shift {
  public:
    Shift(const LinkageKey& key, std::string_view domain, IdentifierType type, std::int64_t window, bool keep_weekday)
        : type_(type),
          step_(keep_weekday ? days_a_week : 1),
          count_(static_cast<std::uint64_t>(window / step_)),
          prefix_(length_prefixed(to_string(type))),
          hmac_(DerivedKey(key, "tributary date shift v1", domain, LinkageKey::size).bytes()) {}

    /// False if the text identifies nobody.
    bool of(std::string_view patient, NormalisationScratch& scratch, std::int64_t& days) const {
        const auto [outcome, text] = normalise(type_, patient, scratch);
        if (outcome != outcome::filled) {
            return false;
        }
        const auto digest = hmac_.of(prefix_, length_prefixed(text));
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < sizeof number; ++i) {
            number = number << 8U | digest[i];
        }
        const auto steps = static_cast<std::int64_t>(number % (2 * count_)) - static_cast<std::int64_t>(count_);
        days = step_ * (steps < 0 ? steps : steps + 1);
        return true;
    }

  private:
    IdentifierType type_;
    std::int64_t step_;
    std::uint64_t count_;
    std::string prefix_;
    KeyedHmac hmac_;
};

class DateShiftAction final : public TextAction {
  public:
    DateShiftAction(std::string patient, Shift shift, std::int64_t window, std::shared_ptr<const DateReader> dates)
        : others_{std::move(patient)}, shift_(std::move(shift)), window_(window), dates_(std::move(dates)) {}

    std::string_view name() const noexcept override { return "date_shift"; }
    std::span<const std::string_view> reasons() const noexcept override { return date_shift_reasons; }
    std::span<const std::string> other_fields() const noexcept override { return others_; }
    std::string describe() const override {
        return "moved by up to " + std::to_string(window_) + " days, the same for all dates of one person";
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const DateCells cells(input.column, *dates_);
        const Column patients = input.others[0].as_text();
        NormalisationScratch scratch;
        TextBuilder output(cells.rows(), cells.rows() * longest_reduced_date);
        for (std::size_t row = 0; row < cells.rows(); ++row) {
            WrittenDate date;
            outcomes[row] = cells.read(row, date);
            if (outcomes[row] == outcome::filled) {
                outcomes[row] = write(date, patients.text(row), scratch, output);
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
    Outcome write(const WrittenDate& date, std::string_view patient, NormalisationScratch& scratch,
                  TextBuilder& output) const {
        std::int64_t days = 0;
        if (!shift_.of(patient, scratch, days)) {
            return no_patient;
        }
        const auto moved = civil_date(day_of(date) + days);
        output.written(write_reduced_date({static_cast<int>(moved.year), moved.month, moved.day, 0, false},
                                          DatePrecision::day, output.room(longest_reduced_date)));
        return outcome::filled;
    }

    std::vector<std::string> others_;
    Shift shift_;
    std::int64_t window_;
    std::shared_ptr<const DateReader> dates_;
};

}  // namespace

CompiledAction compile_date_shift(MappingReader& options, const ActionContext& context) {
    constexpr std::int64_t usual_window = 182;
    constexpr std::int64_t widest_window = 3650;
    const std::string patient = options.required_text("patient");
    const auto type = read_identifier_type(options);
    const LinkageKey* const key = find_key(options, context);
    const std::string domain = read_domain(options, {&key, 1});
    const bool keep_weekday = options.boolean("keep_weekday", false);
    const auto window = options.integer("window", usual_window, keep_weekday ? days_a_week : 1, widest_window);
    if (patient.empty() || !type || key == nullptr || domain.empty()) {
        return {};
    }
    return {std::make_shared<DateShiftAction>(patient, Shift(*key, domain, *type, window, keep_weekday), window,
                                              context.dates),
            {}};
}

}  // namespace tributary
