#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/outbox/encoder.h"
#include "agent/outbox/manifest.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"

namespace tributary {

/// Whom rows are sealed to.
struct Recipients {
    Certificate repository;
    Certificate site;  ///< for rows that the egress guard holds back: they stay here, and this site alone can open them
};

/// Rows that the egress guard held back, sealed to the site: NDJSON, an object a row, {"origin": file, "row": number,
/// "column": where, "reason": what was found, "record": the row as it would have left}.
struct HeldRows {
    std::string stream;
    std::map<std::string, std::uint64_t> reasons;
    std::string sealed;
};

/// A chunk that is sealed and waits for its place in the queue: the manifest without site, sequence and previous (the
/// outbox gives these), and the bytes.
struct SealedChunk {
    Manifest manifest;
    std::string sealed;
    std::optional<HeldRows> held;
};

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

}  // namespace tributary
