#include "agent/deidentify/number_action.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/normalise.h"
#include "agent/deidentify/text_action.h"

namespace tributary {
namespace {

constexpr std::string_view number_reasons[] = {"not_a_number"};
constexpr double largest = 1e15;  // beyond it a double no longer holds every whole number and its halves
constexpr std::size_t longest_number = 48;

std::optional<double> read_number(std::string_view text) noexcept {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stopped != end || !std::isfinite(number) || std::abs(number) > largest) {
        return std::nullopt;
    }
    return number;
}

/// What a step is a multiple of: 0.25 is 25 times 10^-2, so that multiples of it are whole numbers.
struct Step {
    std::int64_t units = 0;  ///< 0: no step
    int places = 0;
    double scale = 1;  ///< 10^places
    bool down = false;

    double applied(double number) const noexcept {
        const double multiple = number * scale / static_cast<double>(units);
        return (down ? std::floor(multiple) : std::round(multiple)) * static_cast<double>(units);
    }
};

struct Limits {
    std::optional<double> bottom;
    std::optional<double> top;
};

class NumberAction final : public TextAction {
  public:
    NumberAction(Step step, Limits limits) : step_(step), limits_(limits) {}

    std::string_view name() const noexcept override { return "number"; }
    std::span<const std::string_view> reasons() const noexcept override { return number_reasons; }
    std::string describe() const override {
        std::string text = step_.units == 0 ? "a number" : step_.down ? "lower end of its bin" : "rounded";
        if (limits_.bottom) {
            text += ", with a lowest value";
        }
        if (limits_.top) {
            text += ", with a highest value";
        }
        return text;
    }

    std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const override {
        return transform_text(input.column.as_text(), outcomes, input.column.length() * sizeof(double),
                              [this](std::string_view value, TextBuilder& output) {
                                  const auto text = trim_ascii(value);
                                  if (text.empty()) {
                                      return outcome::empty;
                                  }
                                  const auto number = read_number(text);
                                  if (!number) {
                                      return outcome::first_reason;
                                  }
                                  write(*number, output);
                                  return outcome::filled;
                              });
    }

  private:
    void write(double number, TextBuilder& output) const {
        number = limits_.bottom ? std::max(number, *limits_.bottom) : number;
        number = limits_.top ? std::min(number, *limits_.top) : number;
        char* const begin = output.room(longest_number);
        char* const end = begin + longest_number;
        std::to_chars_result result{};
        if (step_.units == 0) {
            result = std::to_chars(begin, end, number + 0.0);  // + 0.0: no "-0"
        } else {
            result = std::to_chars(begin, end, step_.applied(number) / step_.scale + 0.0, std::chars_format::fixed,
                                   step_.places);
        }
        output.written(static_cast<std::size_t>(result.ptr - begin));
    }

    Step step_;
    Limits limits_;
};

/// "0.25", "10": at most six places.
std::optional<Step> read_step(MappingReader& options, std::string_view key) {
    const auto text = options.optional_text(key);
    if (!text) {
        return std::nullopt;
    }
    constexpr std::size_t most_places = 6;
    const auto point = text->find('.');
    std::string digits = *text;
    const std::size_t places = point == std::string::npos ? 0 : text->size() - point - 1;
    if (point != std::string::npos) {
        digits.erase(point, 1);
    }
    Step step;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), step.units);
    if (fault != std::errc{} || end != digits.data() + digits.size() || step.units <= 0 || places > most_places ||
        point == 0 || (point != std::string::npos && places == 0) || step.units > 1'000'000'000) {
        options.error_at(key, quoted_text(key) + " must be a number above 0 with at most six decimal places, not " +
                                  quoted_text(*text));
        return Step{};
    }
    step.places = static_cast<int>(places);
    step.scale = std::pow(10.0, static_cast<double>(places));
    return step;
}

/// False, reported, if it is no number.
bool read_limit(MappingReader& options, std::string_view key, std::optional<double>& limit) {
    const auto text = options.optional_text(key);
    if (text) {
        limit = read_number(*text);
        if (!limit) {
            options.error_at(key, quoted_text(key) + " must be a number, not " + quoted_text(*text));
            return false;
        }
    }
    return true;
}

}  // namespace

CompiledAction compile_number(MappingReader& options, const ActionContext&) {
    const auto rounded = read_step(options, "round");
    auto bin = read_step(options, "bin");
    Limits limits;
    const bool right = read_limit(options, "bottom", limits.bottom) && read_limit(options, "top", limits.top);
    if (!right || (rounded && rounded->units == 0) || (bin && bin->units == 0)) {
        return {};
    }
    if (rounded && bin) {
        options.error_at("bin", "a number is either rounded or put into bins, not both");
        return {};
    }
    if (!rounded && !bin && !limits.bottom && !limits.top) {
        options.error_at("action", "number needs one of round, bin, bottom, top; to leave a number as it is, use keep");
        return {};
    }
    if (limits.bottom && limits.top && *limits.bottom >= *limits.top) {
        options.error_at("top", "'top' must be above 'bottom'");
        return {};
    }
    if (bin) {
        bin->down = true;
    }
    return {std::make_shared<NumberAction>(rounded.value_or(bin.value_or(Step{})), limits), {}};
}

}  // namespace tributary
