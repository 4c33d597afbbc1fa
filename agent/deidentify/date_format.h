#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

inline constexpr int first_year = 1850;
inline constexpr int last_year = 2150;

/// A date as it was written; a zone that was written with it changes nothing.
struct WrittenDate {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    bool has_time = false;
};

/// One way of writing dates, compiled from a pattern: yyyy, MM or M, dd or d, HH or H, mm, ss; 'text' in quotes and
/// what is not a letter stand for themselves. MM, dd, HH, mm and ss are two digits, M, d and H one or two. Where the
/// time stands last, fractions of a second (after ss) and a zone (Z, +hh, +hhmm, +hh:mm) may follow. Immutable; may be
/// shared between threads.
class DateFormat {
  public:
    /// Nothing, and what is wrong in `fault`, if the pattern cannot be used; a two-digit year cannot.
    static std::optional<DateFormat> compile(std::string_view pattern, std::string& fault);

    /// Whether the text is a date of this form that the calendar has, from first_year to last_year.
    bool read(std::string_view text, WrittenDate& date) const noexcept;

    /// Whether a text could be a date of both forms and mean another day in each, as with dd/MM/yyyy and MM/dd/yyyy.
    bool contradicts(const DateFormat& other) const noexcept;

  private:
    enum class Part : std::uint8_t { year, month, day, hour, minute, second, literal };
    struct Element {
        Part part = Part::literal;
        std::uint8_t fewest = 1;  ///< digits
        std::uint8_t most = 1;
        char literal = '\0';
    };
    friend class DateFormatCompiler;

    bool read_end(const char* at, const char* end) const noexcept;

    std::vector<Element> elements_;
    bool has_time_ = false;
    bool ends_in_time_ = false;
    bool ends_in_seconds_ = false;
};

}  // namespace tributary
