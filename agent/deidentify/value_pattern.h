#pragma once

#include <Poco/RegularExpression.h>

#include <memory>
#include <string>
#include <string_view>

namespace tributary {

/// A Perl-compatible regular expression that values match as a whole. Immutable; may be shared between threads.
class ValuePattern {
  public:
    /// Which characters \d, \w, \s and \b mean: ASCII's, as in Perl, or all of Unicode's, as in Python.
    enum class Classes { ascii, unicode };

    /// nullptr, and what is wrong in `fault`, if the pattern cannot be used.
    static std::shared_ptr<const ValuePattern> compile(const std::string& pattern, std::string& fault,
                                                       Classes classes = Classes::ascii);

    /// The whole value; false also when it is not UTF-8 or the search for a match takes too many steps, so that neither
    /// a hostile value nor an unlucky pattern can hold up the stream. `scratch` is reused from value to value.
    bool matches(std::string_view value, std::string& scratch) const;

  private:
    ValuePattern(const std::string& pattern, Classes classes);
    Poco::RegularExpression expression_;
};

}  // namespace tributary
