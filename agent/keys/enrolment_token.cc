#include "agent/keys/enrolment_token.h"

#include <algorithm>
#include <cstddef>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t secret_bytes = 16;

std::string_view take_part(std::string_view& text) {
    const auto part = text.substr(0, text.find('.'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

}  // namespace

EnrolmentToken EnrolmentToken::create(std::string site, std::string authority) {
    return {std::move(site), random_hex(secret_bytes), std::move(authority)};
}

EnrolmentToken EnrolmentToken::parse(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    EnrolmentToken token;
    token.site = take_part(text);
    token.secret = take_part(text);
    token.authority = text;
    if (token.site.empty() || !is_hex(token.secret, secret_bytes) || !is_hex(token.authority, sizeof(Sha256Digest))) {
        throw Error(ErrorCode::input,
                    "this is no enrolment token; it is one line of the form SITE.SECRET.FINGERPRINT, as the "
                    "repository's 'tributary-repository token SITE' prints it");
    }
    return token;
}

std::string EnrolmentToken::text() const {
    return site + "." + secret + "." + authority;
}

}  // namespace tributary
