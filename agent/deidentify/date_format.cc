#include "agent/deidentify/date_format.h"

#include <algorithm>
#include <array>

#include "agent/record/civil_date.h"

namespace tributary {
namespace {

constexpr bool is_letter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr unsigned two_digits(const char* at) noexcept {
    return static_cast<unsigned>(at[0] - '0') * 10U + static_cast<unsigned>(at[1] - '0');
}

/// Two digits at `at`, at most `highest`; moves on past them.
bool skip_two_digits(const char*& at, const char* end, int highest) noexcept {
    if (end - at < 2 || !is_digit(at[0]) || !is_digit(at[1]) || (at[0] - '0') * 10 + (at[1] - '0') > highest) {
        return false;
    }
    at += 2;
    return true;
}

}  // namespace

/// Takes a pattern apart and checks that it names a whole date.
class DateFormatCompiler {
  public:
    explicit DateFormatCompiler(std::string& fault) : fault_(fault) {}

    std::optional<DateFormat> compile(std::string_view pattern) {
        while (!pattern.empty()) {
            const std::size_t taken = is_letter(pattern.front()) ? take_letters(pattern) : take_literal(pattern);
            if (taken == 0) {
                return std::nullopt;
            }
            pattern.remove_prefix(taken);
        }
        return check() ? std::optional(std::move(format_)) : std::nullopt;
    }

  private:
    using Part = DateFormat::Part;
    using Element = DateFormat::Element;

    struct Known {
        std::string_view letters;
        Element element;
    };

    std::size_t take_letters(std::string_view pattern) {
        static constexpr Known all[] = {
            {"yyyy", {Part::year, 4, 4, '\0'}}, {"MM", {Part::month, 2, 2, '\0'}},  {"M", {Part::month, 1, 2, '\0'}},
            {"dd", {Part::day, 2, 2, '\0'}},    {"d", {Part::day, 1, 2, '\0'}},     {"HH", {Part::hour, 2, 2, '\0'}},
            {"H", {Part::hour, 1, 2, '\0'}},    {"mm", {Part::minute, 2, 2, '\0'}}, {"ss", {Part::second, 2, 2, '\0'}}};
        const auto size = std::min(pattern.find_first_not_of(pattern.front()), pattern.size());
        const auto letters = pattern.substr(0, size);
        if (letters == "yy" || letters == "YY") {
            return refuse("has a year of two digits, which does not say the century; dates need yyyy");
        }
        const auto* const known = std::find_if(std::begin(all), std::end(all),
                                               [&](const Known& candidate) { return candidate.letters == letters; });
        if (known == std::end(all)) {
            return refuse(
                "has the letters '" + std::string(letters.substr(0, 16)) +
                "', which stand for nothing; there are yyyy, MM, M, dd, d, HH, H, mm and ss, and letters that "
                "stand for themselves are put in single quotes, as in yyyy-MM-dd'T'HH:mm");
        }
        if (seen(known->element.part)) {
            return refuse("has a part twice ('" + std::string(letters) + "')");
        }
        format_.elements_.push_back(known->element);
        return size;
    }

    std::size_t take_literal(std::string_view pattern) {
        if (pattern.front() != '\'') {
            format_.elements_.push_back({Part::literal, 1, 1, pattern.front()});
            return 1;
        }
        const auto close = pattern.find('\'', 1);
        if (close == std::string_view::npos) {
            return refuse("has a single quote that is not closed");
        }
        const auto text = close == 1 ? std::string_view("'") : pattern.substr(1, close - 1);
        for (const char character : text) {
            format_.elements_.push_back({Part::literal, 1, 1, character});
        }
        return close + 1;
    }

    bool check() {
        constexpr std::size_t longest = 64;
        if (!seen(Part::year) || !seen(Part::month) || !seen(Part::day)) {
            return refuse("does not name year (yyyy), month (MM or M; mm are minutes) and day (dd or d)") != 0;
        }
        if ((seen(Part::minute) && !seen(Part::hour)) || (seen(Part::second) && !seen(Part::minute))) {
            return refuse("has minutes without hours (HH), or seconds without minutes (mm)") != 0;
        }
        const auto& elements = format_.elements_;
        if (elements.size() > longest) {
            return refuse("is too long") != 0;
        }
        for (std::size_t i = 0; i + 1 < elements.size(); ++i) {
            const bool digit_follows = elements[i + 1].part != Part::literal || is_digit(elements[i + 1].literal);
            if (elements[i].fewest != elements[i].most && digit_follows) {
                return refuse(
                           "has M, d or H right before another digit, so that nobody can tell where it ends; use MM, "
                           "dd, HH or a separator") != 0;
            }
        }
        const Part last = elements.back().part;
        format_.has_time_ = seen(Part::hour);
        format_.ends_in_seconds_ = last == Part::second;
        format_.ends_in_time_ = last == Part::second || last == Part::minute;
        return true;
    }

    bool seen(Part part) const {
        return std::any_of(format_.elements_.begin(), format_.elements_.end(),
                           [&](const Element& element) { return element.part == part; });
    }

    std::size_t refuse(std::string what) {
        fault_ = std::move(what);
        return 0;
    }

    std::string& fault_;
    DateFormat format_;
};

std::optional<DateFormat> DateFormat::compile(std::string_view pattern, std::string& fault) {
    return DateFormatCompiler(fault).compile(pattern);
}

bool DateFormat::read(std::string_view text, WrittenDate& date) const noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    std::array<unsigned, 6> values{};  // by Part
    for (const Element& element : elements_) {
        if (element.part == Part::literal) {
            if (at == end || *at++ != element.literal) {
                return false;
            }
            continue;
        }
        unsigned value = 0;
        unsigned digits = 0;
        // Two digits at once: most elements are that, and this is the inner loop of every date.
        while (element.most - digits >= 2 && end - at >= 2 && is_digit(at[0]) && is_digit(at[1])) {
            value = value * 100 + two_digits(at);
            at += 2;
            digits += 2;
        }
        for (; digits < element.most && at != end && is_digit(*at); ++digits) {
            value = value * 10 + static_cast<unsigned>(*at++ - '0');
        }
        if (digits < element.fewest) {
            return false;
        }
        values[static_cast<std::size_t>(element.part)] = value;
    }
    const auto [year, month, day, hour, minute, second] = values;
    date = {static_cast<int>(year), month, day, hour, has_time_};
    return (at == end || read_end(at, end)) && date.year >= first_year && date.year <= last_year && month >= 1 &&
           month <= 12 && day >= 1 && day <= days_in_month(date.year, month) && hour <= 23 && minute <= 59 &&
           second <= 59;
}

/// Fractions and zone.
bool DateFormat::read_end(const char* at, const char* end) const noexcept {
    if (ends_in_seconds_ && (*at == '.' || *at == ',')) {
        const char* const fraction = ++at;
        at = std::find_if_not(at, end, is_digit);
        if (at == fraction || at - fraction > 9) {
            return false;
        }
    }
    if (at == end || !ends_in_time_) {
        return at == end;
    }
    if (*at == 'Z' || *at == 'z') {
        return at + 1 == end;
    }
    if (*at != '+' && *at != '-') {
        return false;
    }
    ++at;
    if (!skip_two_digits(at, end, 14)) {  // no place on Earth is further from UTC
        return false;
    }
    if (at != end && *at == ':') {
        ++at;
        return skip_two_digits(at, end, 59) && at == end;
    }
    return at == end || (skip_two_digits(at, end, 59) && at == end);
}

bool DateFormat::contradicts(const DateFormat& other) const noexcept {
    const auto month_or_day = [](Part part) { return part == Part::month || part == Part::day; };
    bool swapped = false;
    const auto alike = [&](const Element& mine, const Element& theirs) {
        swapped = swapped || mine.part != theirs.part;
        return mine.literal == theirs.literal &&
               (mine.part == theirs.part || (month_or_day(mine.part) && month_or_day(theirs.part)));
    };
    // A time after it makes no difference to what the date means, but a longer text is no date of the shorter form.
    return std::equal(elements_.begin(), elements_.end(), other.elements_.begin(), other.elements_.end(), alike) &&
           swapped;
}

}  // namespace tributary
