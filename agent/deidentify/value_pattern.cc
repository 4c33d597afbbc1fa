#include "agent/deidentify/value_pattern.h"

#include <Poco/Exception.h>

namespace tributary {
namespace {

constexpr int options = Poco::RegularExpression::RE_UTF8 | Poco::RegularExpression::RE_NO_AUTO_CAPTURE |
                        Poco::RegularExpression::RE_ANCHORED;

/// PCRE takes its limits from the head of the pattern (pcrepattern(3), "Setting match and recursion limits"). A step of
/// recursion takes about half a kilobyte of stack.
constexpr const char* limits = "(*LIMIT_MATCH=20000)(*LIMIT_RECURSION=1000)";

}  // namespace

ValuePattern::ValuePattern(const std::string& pattern, Classes classes)
    : expression_((classes == Classes::unicode ? "(*UCP)" : "") + (limits + ("(?:" + pattern + ")\\z")), options) {}

std::shared_ptr<const ValuePattern> ValuePattern::compile(const std::string& pattern, std::string& fault,
                                                          Classes classes) {
    constexpr std::size_t longest = 1000;
    if (pattern.empty() || pattern.size() > longest || pattern.find('\0') != std::string::npos) {
        fault = "must have 1 to 1,000 characters";
        return nullptr;
    }
    try {
        // Alone first: what is no pattern in itself must not become one by the brackets that we put around it.
        const Poco::RegularExpression alone(pattern, options);
        return std::shared_ptr<const ValuePattern>(new ValuePattern(pattern, classes));
    } catch (const Poco::Exception& exception) {
        fault = "is not a regular expression that can be used (" + exception.message() + ")";
        return nullptr;
    }
}

bool ValuePattern::matches(std::string_view value, std::string& scratch) const {
    scratch.assign(value);
    try {
        Poco::RegularExpression::Match match;
        return expression_.match(scratch, 0, match) > 0 && match.offset == 0 && match.length == scratch.size();
    } catch (const Poco::Exception&) {
        return false;  // a limit was passed, or the value is not UTF-8
    }
}

}  // namespace tributary
