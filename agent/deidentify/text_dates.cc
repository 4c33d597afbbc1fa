#include <array>
#include <charconv>
#include <optional>

#include "agent/deidentify/text_spans.h"

namespace tributary {
namespace {

constexpr std::array<std::string_view, 12> months = {"january",   "february", "march",    "april",
                                                     "may",       "june",     "july",     "august",
                                                     "september", "october",  "november", "december"};

/// 1 to 12, or 0: whole names, their first three letters, "sept".
unsigned month_named(std::string_view word) noexcept {
    if (word.size() < 3) {
        return 0;
    }
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (word == months[i] || word == months[i].substr(0, 3) || (i == 8 && word == "sept")) {
            return static_cast<unsigned>(i) + 1;
        }
    }
    return 0;
}

bool is_ordinal(std::string_view word) noexcept {
    return word == "st" || word == "nd" || word == "rd" || word == "th";
}

/// Blanks and at most one mark of `marks`.
bool is_gap(std::string_view gap, std::string_view marks) noexcept {
    constexpr std::size_t longest = 3;
    std::size_t found = 0;
    for (const char c : gap) {
        if (c != ' ' && ++found > 0 && (found > 1 || marks.find(c) == std::string_view::npos)) {
            return false;
        }
    }
    return gap.size() <= longest;
}

class DateFinder {
  public:
    explicit DateFinder(const FoldedText& text) : text_(text), tokens_(text.tokens()) {}

    /// The token behind a date that begins at `i`; nothing if none does.
    std::optional<std::size_t> date_at(std::size_t i) const {
        if (const auto end = numbers(i)) {
            return end;
        }
        const auto end = day_first(i);
        return end ? end : month_first(i);
    }

  private:
    unsigned number(std::size_t i) const noexcept {
        unsigned value = 0;
        const auto word = text_.word(tokens_[i]);
        std::from_chars(word.data(), word.data() + word.size(), value);
        return value;
    }
    bool is_number(std::size_t i, std::size_t fewest, std::size_t most) const noexcept {
        return i < tokens_.size() && tokens_[i].number && tokens_[i].size() >= fewest && tokens_[i].size() <= most;
    }
    bool is_day(std::size_t i) const noexcept { return is_number(i, 1, 2) && number(i) >= 1 && number(i) <= 31; }
    bool is_year(std::size_t i) const noexcept { return is_number(i, 4, 4) && number(i) >= 1800 && number(i) < 2200; }
    unsigned month(std::size_t i) const noexcept {
        return i < tokens_.size() && !tokens_[i].number ? month_named(text_.word(tokens_[i])) : 0;
    }
    /// The mark that stands between two numbers of a date, alone or between blanks.
    char mark_after(std::size_t i) const noexcept {
        const auto gap = text_.gap_after(i);
        char mark = '\0';
        for (const char c : gap) {
            if (c != ' ') {
                mark = mark == '\0' ? c : ' ';
            }
        }
        return gap.size() <= 3 && (mark == '/' || mark == '-' || mark == '.') ? mark : '\0';
    }

    /// 02/03/1950, 2.3.50, 1950-03-02
    std::optional<std::size_t> numbers(std::size_t i) const {
        if (i + 2 >= tokens_.size() || !tokens_[i].number || !tokens_[i + 1].number || !tokens_[i + 2].number) {
            return std::nullopt;
        }
        const char mark = mark_after(i);
        const bool longer =
            (i > 0 && tokens_[i - 1].number && text_.gap_after(i - 1) == std::string_view(&mark, 1)) ||
            (i + 3 < tokens_.size() && tokens_[i + 3].number && text_.gap_after(i + 2) == std::string_view(&mark, 1));
        if (mark == '\0' || mark_after(i + 1) != mark || longer || !is_number(i + 1, 1, 2)) {
            return std::nullopt;
        }
        const auto fit = [](unsigned day, unsigned of_year) {
            return day >= 1 && day <= 31 && of_year >= 1 && of_year <= 12;
        };
        if (is_year(i) && is_number(i + 2, 1, 2) &&
            (fit(number(i + 2), number(i + 1)) || fit(number(i + 1), number(i + 2)))) {
            return i + 3;
        }
        const bool ends_with_year = is_year(i + 2) || is_number(i + 2, 2, 2);
        if (is_number(i, 1, 2) && ends_with_year && (fit(number(i), number(i + 1)) || fit(number(i + 1), number(i)))) {
            return i + 3;
        }
        return std::nullopt;
    }

    /// The place behind a year, if there is one at `i` with nothing but marks before it.
    std::size_t past_year(std::size_t i) const {
        if (i >= tokens_.size() || i == 0 || !is_gap(text_.gap_after(i - 1), ",.-/'")) {
            return i;
        }
        if (is_year(i)) {
            return i + 1;
        }
        if (!is_number(i, 2, 2)) {
            return i;
        }
        // "2 March 50": a year, unless a unit follows ("March 2 10 mg").
        const auto gap = text_.gap_after(i - 1);
        const bool marked = gap.find_first_not_of(' ') != std::string_view::npos;
        const bool unit_follows = i + 1 < tokens_.size() && !tokens_[i + 1].number && is_gap(text_.gap_after(i), "");
        return marked || !unit_follows ? i + 1 : i;
    }

    /// Words that are months only when they look like it.
    bool is_other_word(std::size_t i) const noexcept {
        const auto word = text_.word(tokens_[i]);
        return (word == "may" || word == "march" || word == "mar") && !text_.is_capital(tokens_[i]);
    }

    std::size_t past_ordinal(std::size_t i) const {
        return i < tokens_.size() && !tokens_[i].number && is_ordinal(text_.word(tokens_[i])) &&
                       text_.gap_after(i - 1).size() <= 1
                   ? i + 1
                   : i;
    }

    /// 2 March 1950, 2nd of Mar '50, 02-Mar-1950, 2 March
    std::optional<std::size_t> day_first(std::size_t i) const {
        if (!is_day(i)) {
            return std::nullopt;
        }
        std::size_t at = past_ordinal(i + 1);
        if (at < tokens_.size() && text_.word(tokens_[at]) == "of" && is_gap(text_.gap_after(at - 1), "")) {
            ++at;
        }
        if (month(at) == 0 || !is_gap(text_.gap_after(at - 1), ",.-/")) {
            return std::nullopt;
        }
        const std::size_t end = past_year(at + 1);
        if (end == at + 1 && is_other_word(at)) {
            return std::nullopt;
        }
        return end;
    }

    /// March 2, 1950; March 2nd; March 1950
    std::optional<std::size_t> month_first(std::size_t i) const {
        if (month(i) == 0 || i + 1 >= tokens_.size() || !is_gap(text_.gap_after(i), ",.-/")) {
            return std::nullopt;
        }
        if (is_year(i + 1)) {
            return i + 2;
        }
        if (!is_day(i + 1)) {
            return std::nullopt;
        }
        const std::size_t day_end = past_ordinal(i + 2);
        const std::size_t end = past_year(day_end);
        if (end == day_end && is_other_word(i)) {
            return std::nullopt;
        }
        return end;
    }

    const FoldedText& text_;
    std::span<const FoldedText::Token> tokens_;
};

}  // namespace

void find_dates(const FoldedText& text, std::vector<TextSpan>& spans) {
    const DateFinder finder(text);
    const auto tokens = text.tokens();
    for (std::size_t i = 0; i < tokens.size();) {
        const auto end = finder.date_at(i);
        if (end) {
            spans.push_back({tokens[i].begin, tokens[*end - 1].end, ScrubKind::date});
        }
        i = end.value_or(i + 1);
    }
}

}  // namespace tributary
