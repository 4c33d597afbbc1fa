#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// What there is: /v1/sites/{site}/chunks/{id}, /v1/sites/{site}/runs/{id} and /v1/certificates/{challenge}.
struct Resource {
    enum class Kind { chunk, run, certificates };
    Kind kind = Kind::chunk;
    std::string site;  ///< empty for certificates
    std::string id;    ///< or the challenge
};

/// Nothing unless the request target is exactly of one of these forms: no query, no percent-encoding, no other segment.
std::optional<Resource> read_path(std::string_view target);

/// Decimal digits only, at most 2^53.
std::optional<std::uint64_t> read_offset(std::string_view text);

/// An RFC 9651 boolean, "?1" or "?0".
std::optional<bool> read_structured_boolean(std::string_view text);

}  // namespace tributary
