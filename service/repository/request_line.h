#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// The one kind of resource that there is: /v1/sites/{site}/chunks/{id}.
struct ChunkResource {
    std::string site;
    std::string id;
};

/// Nothing unless the request target is exactly of this form: no query, no percent-encoding, no other segment.
std::optional<ChunkResource> read_chunk_path(std::string_view target);

/// Decimal digits only, at most 2^53.
std::optional<std::uint64_t> read_offset(std::string_view text);

/// An RFC 9651 boolean, "?1" or "?0".
std::optional<bool> read_structured_boolean(std::string_view text);

}  // namespace tributary
