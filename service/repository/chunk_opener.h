#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/keys/key_pair.h"
#include "agent/outbox/manifest.h"

namespace tributary {

/// Opens sealed chunks: CMS, then zstd as a stream, so that memory stays small whatever a chunk claims to hold.
/// Immutable; may be shared between threads.
class ChunkOpener {
  public:
    /// A chunk may be sealed to any of them; one at least.
    explicit ChunkOpener(std::vector<KeyPair> keys) : keys_(std::move(keys)) {}

    /// Gives the plain bytes to `write` piece by piece, then checks size, digest and row count against the manifest:
    /// what was written counts only if this returns. Throws Error(key), Error(corrupt), Error(limit) for a chunk that
    /// is not what its manifest says, and whatever `write` throws.
    void open(std::string_view sealed, const Manifest& manifest,
              const std::function<void(std::string_view)>& write) const;

  private:
    std::vector<KeyPair> keys_;
};

}  // namespace tributary
