#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A date pattern of a linkage schema, read as Python's datetime.strptime reads it, which is what clkhash calls: %d,
/// %m, %H, %M and %S take one or two digits, letters match in either case, white space matches any run of it, %y is
/// 1969 to 2068, what is not named is the 1st, January, 1900. Immutable; may be shared between threads.
class StrptimeFormat {
  public:
    /// %Y %y %m %d %b %B %H %M %S %%; nothing, and what is wrong in `fault`, for others, for one named twice, and for a
    /// pattern that names no part of a date. %b and %B are the English names, as in the locale "C".
    static std::optional<StrptimeFormat> compile(std::string_view pattern, std::string& fault);

    /// Writes YYYYMMDD to `out` if the text is a date of this form that the calendar has, from 1000 to 9999: clkhash
    /// writes years before as the C library of the machine pleases. Digits are ASCII's.
    bool normalise(std::string_view text, char (&out)[8]) const noexcept;

  private:
    enum class Part : std::uint8_t {
        year,
        short_year,
        month,
        day,
        month_name,
        short_month_name,
        hour,
        minute,
        second,
        space,
        literal
    };
    struct Element {
        Part part = Part::literal;
        char literal = '\0';
    };
    struct Directive {
        char letter;
        Part part;
        char names;  ///< what of a date: no two directives of a pattern may name the same
    };
    static const Directive directives[9];
    struct Fields {
        unsigned year = 1900;
        unsigned month = 1;
        unsigned day = 1;
    };
    /// Nullopt if nothing matches; else the end of the first match.
    std::optional<std::size_t> match(std::size_t element, std::string_view text, std::size_t at,
                                     Fields& fields) const noexcept;
    std::optional<std::size_t> match_number(std::size_t element, std::string_view text, std::size_t at,
                                            Fields& fields) const noexcept;
    std::optional<std::size_t> match_name(std::size_t element, std::string_view text, std::size_t at,
                                          Fields& fields) const noexcept;
    std::optional<std::size_t> match_space(std::size_t element, std::string_view text, std::size_t at,
                                           Fields& fields) const noexcept;

    std::vector<Element> elements_;
};

}  // namespace tributary
