#include "agent/deidentify/age_action.h"

#include <charconv>
#include <optional>
#include <utility>

#include "agent/deidentify/date_cells.h"
#include "agent/deidentify/text_action.h"
#include "agent/record/civil_date.h"

namespace tributary {
namespace {

constexpr std::string_view age_reasons[] = {not_a_date, "no_reference_date", "born_later", "implausible"};
constexpr Outcome no_reference_date = outcome::first_reason + 1;
constexpr Outcome born_later = outcome::first_reason + 2;
constexpr Outcome implausible = outcome::first_reason + 3;
constexpr int oldest = 130;
constexpr std::size_t longest_age = 8;  // "125-129"

int years_between(const WrittenDate& birth, const WrittenDate& at) noexcept {
    const bool before_birthday = at.month < birth.month || (at.month == birth.month && at.day < birth.day);
    return at.year - birth.year - (before_birthday ? 1 : 0);
}

class AgeAction final : public TextAction {
  public:
    AgeAction(std::optional<std::string> at, int band, std::optional<int> top, std::shared_ptr<const DateReader> dates)
        : band_(band), top_(top), dates_(std::move(dates)) {
        if (at) {
            others_.push_back(std::move(*at));
        }
    }

    std::string_view name() const noexcept override { return "age"; }
    std::span<const std::string_view> reasons() const noexcept override { return age_reasons; }
    std::span<const std::string> other_fields() const noexcept override { return others_; }
    std::string describe() const override {
        return "age in years at " + (others_.empty() ? "the run's date" : "the date in " + others_.front()) +
               (band_ > 1 ? ", in bands of " + std::to_string(band_) : std::string()) +
               (top_ ? ", " + std::to_string(*top_) + " and over together" : std::string());
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        const DateCells births(input.column, *dates_);
        std::optional<DateCells> references;
        if (!others_.empty()) {
            references.emplace(input.others[0], *dates_);
        }
        const auto today = civil_date(input.run_day);
        const WrittenDate run_date{static_cast<int>(today.year), today.month, today.day, 0, false};
        TextBuilder output(births.rows(), births.rows() * longest_age);
        for (std::size_t row = 0; row < births.rows(); ++row) {
            WrittenDate birth;
            WrittenDate at = run_date;
            outcomes[row] = births.read(row, birth);
            if (outcomes[row] == outcome::filled && references && references->read(row, at) != outcome::filled) {
                outcomes[row] = no_reference_date;
            }
            if (outcomes[row] == outcome::filled) {
                outcomes[row] = write(birth, at, output);
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
    Outcome write(const WrittenDate& birth, const WrittenDate& at, TextBuilder& output) const {
        if (day_of(birth) > day_of(at)) {
            return born_later;
        }
        const int age = years_between(birth, at);
        if (age > oldest) {
            return implausible;
        }
        char* const begin = output.room(longest_age);
        char* out = begin;
        if (top_ && age >= *top_) {
            out = std::to_chars(out, begin + longest_age, *top_).ptr;
            *out++ = '+';
        } else if (band_ == 1) {
            out = std::to_chars(out, begin + longest_age, age).ptr;
        } else {
            const int first = age / band_ * band_;
            out = std::to_chars(out, begin + longest_age, first).ptr;
            *out++ = '-';
            const int last = first + band_ - 1;
            out = std::to_chars(out, begin + longest_age, top_ && last >= *top_ ? *top_ - 1 : last).ptr;
        }
        output.written(static_cast<std::size_t>(out - begin));
        return outcome::filled;
    }

    std::vector<std::string> others_;  // the field of the reference date, if there is one
    int band_;
    std::optional<int> top_;
    std::shared_ptr<const DateReader> dates_;
};

}  // namespace

CompiledAction compile_age(MappingReader& options, const ActionContext& context) {
    constexpr std::int64_t widest_band = 50;
    auto at = options.optional_text("at");
    const auto band = options.integer("band", 1, 1, widest_band);
    std::optional<int> top;
    if (options.node("top") != nullptr) {
        top = static_cast<int>(options.integer("top", oldest, 1, oldest));
    }
    if (at && at->empty()) {
        options.error_at("at", "'at' names the field of the reference date; without it, the run's date is taken");
        return {};
    }
    return {std::make_shared<AgeAction>(std::move(at), static_cast<int>(band), top, context.dates), {}};
}

}  // namespace tributary
