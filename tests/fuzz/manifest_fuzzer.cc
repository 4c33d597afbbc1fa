// A manifest, of a chunk or of a run, comes from outside, signed or not. What is accepted must have one text only, and
// it must be the one that came.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/outbox/manifest.h"
#include "agent/outbox/run_manifest.h"
#include "agent/platform/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto manifest = tributary::parse_manifest(text);
        if (tributary::manifest_text(manifest) != text || !tributary::is_site(manifest.site) ||
            !tributary::is_stream(manifest.stream) || !tributary::is_chunk_id(manifest.id)) {
            std::abort();
        }
    } catch (const tributary::Error& error) {
        if (error.code() != tributary::ErrorCode::input) {
            std::abort();
        }
    }
    try {
        const auto run = tributary::parse_run_manifest(text);
        if (tributary::run_manifest_text(run) != text || !tributary::is_site(run.site) ||
            !tributary::is_chunk_id(run.id) || run.streams.empty()) {
            std::abort();
        }
    } catch (const tributary::Error& error) {
        if (error.code() != tributary::ErrorCode::input) {
            std::abort();
        }
    }
    return 0;
}
