#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/outbox/chunk_builder.h"

namespace tributary {

/// De-identified rows for a stream's open chunk: encoded and guarded, and not sealed yet. Only OpenRowsBuilder makes
/// them, of a DeidentifiedBatch and nothing else.
class OpenRows {
  public:
    /// What the chunk will say of itself that has these rows, its counts and digests left out.
    const Manifest& chunk() const noexcept { return *chunk_; }
    std::uint64_t rows() const noexcept { return rows_; }
    const Quality& quality() const noexcept { return quality_; }
    const std::string& encoded() const noexcept { return encoded_; }
    const std::optional<HeldRows>& held() const noexcept { return held_; }
    /// Whether their order among others of these must tell nothing: linkage encodings beside a stream of records.
    bool shuffled() const noexcept { return shuffled_; }
    /// Whether they may stand in a chunk with others of these.
    bool fit(const Manifest& chunk) const;

  private:
    friend class OpenRowsBuilder;
    OpenRows() = default;
    std::shared_ptr<const Manifest> chunk_;
    std::string encoded_;
    std::uint64_t rows_ = 0;
    Quality quality_;
    std::optional<HeldRows> held_;
    bool shuffled_ = false;
};

/// One thread at a time; begins anew with finish().
class OpenRowsBuilder {
  public:
    /// Beyond this many bytes the rest is another OpenRows; one is longer by some rows at most.
    static constexpr std::size_t usual_bytes = 1U << 20U;

    OpenRowsBuilder(RecordFormat format, Recipients recipients);

    /// As ChunkBuilder::add.
    std::vector<std::size_t> add(const DeidentifiedBatch& batch, Quality& quality);
    /// Records that could not be read, or counts of another kind that belong to no batch.
    void add(const Quality& quality) { quality_.merge(quality); }
    /// In order; none if there was neither a row nor a count.
    std::vector<OpenRows> finish(const CompiledPolicy& policy, const std::string& run);

  private:
    void take(std::string_view encoded, std::uint64_t rows);

    RecordFormat format_;
    Recipients recipients_;
    GuardedEncoder encoder_;
    std::vector<OpenRows> done_;
    std::shared_ptr<const Manifest> chunk_;  // of the last call: the same for most
    Schema schema_;
    bool begun_ = false;
    Quality quality_;
};

/// Rows of an open chunk as they are stored (and encrypted). decode_open_rows throws Error(corrupt) for what
/// encode_open_rows did not write; `fields` are those of the chunk's quality.
struct StoredOpenRows {
    std::uint64_t rows = 0;
    Quality quality;
    std::string encoded;
};
std::string encode_open_rows(const OpenRows& rows);
StoredOpenRows decode_open_rows(std::string_view stored, const std::vector<FieldQuality>& fields);

}  // namespace tributary
