#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"

namespace tributary {

enum class RunState { running, complete, failed, interrupted };

/// "complete"; as run manifests write it.
std::string_view to_string(RunState state) noexcept;

/// The chunks of a run in one stream: those with the sequence numbers `first` to `last` of a queue, and no others.
struct RunStream {
    std::string stream;
    std::string queue;  ///< Manifest::queue
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t rows = 0;  ///< of all of them, as their manifests say
    std::string
        last_manifest_sha256;  ///< of the chunk `last`: through Manifest::previous, the digest of the whole list

    std::uint64_t chunks() const noexcept { return last - first + 1; }
};

/// What a site says of a run once that has ended: all that belongs to it. Signed as a chunk's manifest is.
struct RunManifest {
    std::string id;  ///< Manifest::run of its chunks; 32 lower-case hexadecimal digits
    std::string site;
    std::string source;
    RunState state = RunState::complete;  ///< `interrupted`: the next run of the source goes on where this one ended
    TimePoint began;
    TimePoint ended;
    std::uint64_t rejected = 0;      ///< records that did not leave, as the policy or the source could not take them
    std::vector<RunStream> streams;  ///< by stream and queue; at least one
};

/// So that its signed form stays within what verify_jws takes.
inline constexpr std::size_t maximum_run_manifest_bytes = 190'000;
inline constexpr std::size_t most_run_streams = 512;

/// The run manifest's one JSON text (json_text): what is stored and signed.
std::string run_manifest_text(const RunManifest& run);
/// Checks every field's presence, type, form and bounds, and that the text is the one that run_manifest_text would
/// write; throws Error(input) naming the field, Error(limit) if it is too long. For text from outside.
RunManifest parse_run_manifest(std::string_view text);

}  // namespace tributary
