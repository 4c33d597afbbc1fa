#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tributary {

enum class Base64 {
    standard,  ///< RFC 4648, section 4, padded
    url        ///< RFC 4648, section 5, without padding, as in JWS
};

std::string to_base64(std::string_view bytes, Base64 alphabet);

/// The same in the standard alphabet into a text that is reused, for where there are many.
void write_base64(std::string_view bytes, std::string& text);

/// Nothing unless the text is exactly what to_base64 writes: no white space, no stray bits, no other padding.
std::optional<std::string> from_base64(std::string_view text, Base64 alphabet);

}  // namespace tributary
