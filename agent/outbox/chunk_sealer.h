#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/keys/certificate.h"
#include "agent/outbox/guarded_encoder.h"
#include "agent/outbox/manifest.h"

namespace tributary {

/// A chunk that is sealed and waits for its place in the queue: the manifest without site, sequence and previous (the
/// outbox gives these), and the bytes.
struct SealedChunk {
    Manifest manifest;
    std::string sealed;
    std::optional<HeldRows> held;
};

/// Compresses (zstd level 1) and seals encoded rows. Reusable: finish() begins anew and keeps the buffers. One thread
/// at a time.
class ChunkSealer {
  public:
    ChunkSealer();
    ~ChunkSealer();
    ChunkSealer(const ChunkSealer&) = delete;
    ChunkSealer& operator=(const ChunkSealer&) = delete;

    void add(std::string_view encoded);
    /// Compressed bytes so far plus what the compressor may still hold: an upper bound of what finish() will seal.
    std::size_t compressed_bound() const noexcept;
    /// The sealed bytes; `manifest` gets plain_bytes, plain_sha256, sealed_bytes and sealed_sha256. Throws Error(limit)
    /// beyond maximum_sealed_bytes.
    std::string finish(const Certificate& repository, Manifest& manifest);
    void clear();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
