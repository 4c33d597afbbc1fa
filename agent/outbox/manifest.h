#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/deidentify/policy.h"
#include "agent/platform/clock.h"
#include "agent/record/quality.h"
#include "agent/record/schema.h"

namespace tributary {

/// A sealed chunk is at most this long; larger ones are neither queued nor taken.
inline constexpr std::size_t maximum_sealed_bytes = 4U << 20U;
/// So that its signed form, a third longer, stays within what verify_jws takes (256 KiB).
inline constexpr std::size_t maximum_manifest_bytes = 190'000;

/// What the rows of a chunk are.
enum class ChunkKind {
    records,
    retraction  ///< pseudonyms of people whose rows in earlier chunks of the stream are to be removed
};

/// What a chunk says of itself; signed by the site and checked by the repository.
struct Manifest {
    std::string id;    ///< 32 lower-case hexadecimal digits, random
    std::string site;  ///< ODS code
    std::string stream;
    ChunkKind kind = ChunkKind::records;
    std::string queue;           ///< random, of the queue file that numbers the stream; empty in those of version 3
    std::uint64_t sequence = 0;  ///< of the stream in this queue, from 1, without gaps
    std::string previous;  ///< SHA-256 of the manifest before (its payload's bytes), hexadecimal; empty for the first
    std::string run;
    TimePoint created;
    std::string format;  ///< "ndjson" or "csv"
    std::uint64_t rows = 0;
    std::uint64_t plain_bytes = 0;
    std::string plain_sha256;  ///< of the encoded rows before compression
    std::uint64_t sealed_bytes = 0;
    std::string sealed_sha256;  ///< of the bytes that travel
    Schema schema;
    std::string policy_sha256;
    std::vector<PseudonymColumn> pseudonyms;
    std::optional<LinkedStream> linked;  ///< of the same site; nothing for most streams
    Quality quality;
};

/// The manifest's one JSON text (json_text): what is stored, hashed into the chain and signed.
std::string manifest_text(const Manifest& manifest);
/// Checks every field's presence, type, form and bounds, and that the text is the one that manifest_text would write;
/// throws Error(input) naming the field. For text from outside. A field that is not known is refused.
Manifest parse_manifest(std::string_view text);

/// Forms that both sides hold names to, because they become paths: site [A-Z0-9]{2,12}, stream [a-z][a-z0-9_]{0,62},
/// chunk id [0-9a-f]{32}.
bool is_site(std::string_view text) noexcept;
bool is_stream(std::string_view text) noexcept;
bool is_chunk_id(std::string_view text) noexcept;

}  // namespace tributary
