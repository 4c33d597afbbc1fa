#pragma once

#include <string>
#include <string_view>

namespace tributary {

/// What a site is given to enrol with: one line of text, for one use.
struct EnrolmentToken {
    std::string site;
    std::string secret;     ///< 32 hexadecimal digits; the password of EST's first request
    std::string authority;  ///< fingerprint of the authority's certificate, by which the site knows it

    static EnrolmentToken create(std::string site, std::string authority);
    /// Throws Error(input), which says nothing of what was read.
    static EnrolmentToken parse(std::string_view text);
    std::string text() const;
};

}  // namespace tributary
