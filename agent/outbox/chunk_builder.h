#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/outbox/chunk_sealer.h"
#include "agent/outbox/encoder.h"
#include "agent/outbox/guarded_encoder.h"
#include "agent/outbox/manifest.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"

namespace tributary {

/// Encodes, guards, compresses (zstd level 1) and seals the rows of one chunk of one stream. Takes DeidentifiedBatch
/// and nothing else; what the egress guard holds back is not in the chunk. Reusable: finish() begins anew and keeps the
/// buffers. One thread at a time.
class ChunkBuilder {
  public:
    static constexpr std::size_t maximum_sealed_bytes = tributary::maximum_sealed_bytes;

    explicit ChunkBuilder(RecordFormat format, Recipients recipients);
    ~ChunkBuilder();
    ChunkBuilder(const ChunkBuilder&) = delete;
    ChunkBuilder& operator=(const ChunkBuilder&) = delete;

    /// Counts rows that are held back into `quality`, and all of it into the chunk's. Returns the rows that are held
    /// back, rising.
    std::vector<std::size_t> add(const DeidentifiedBatch& batch, Quality& quality);

    bool empty() const noexcept;
    std::uint64_t rows() const noexcept;
    /// Compressed bytes so far plus what the compressor may still hold: an upper bound of what finish() will seal.
    std::size_t compressed_bound() const noexcept;

    /// Fills in id, format, rows, sizes, digests, schema and quality; `policy` gives hash and pseudonym columns. The
    /// chunk may hold no rows but quality counts (all records rejected). Throws Error(limit) beyond
    /// maximum_sealed_bytes.
    SealedChunk finish(const CompiledPolicy& policy, const std::string& run, TimePoint created);

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// What is known of a chunk before it has rows: id, stream, run, time, format, schema, policy and columns.
Manifest unsealed_manifest(const CompiledPolicy& policy, const std::string& run, TimePoint created, RecordFormat format,
                           Schema schema);

}  // namespace tributary
