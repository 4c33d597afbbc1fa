#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/deidentify/deidentifier.h"
#include "agent/outbox/outbox.h"
#include "agent/source/source.h"

namespace tributary {

/// A stream as the pipeline runs it.
struct StreamSetup {
    std::string name;
    std::shared_ptr<const CompiledPolicy> policy;
    RecordFormat format = RecordFormat::ndjson;
};

/// A batch with the policy that is bound to its schema.
struct BoundBatch {
    std::uint32_t stream = 0;
    RecordBatch batch;
    std::shared_ptr<const Deidentifier> deidentifier;
};

/// A group whose batches are bound; see Group.
struct BoundGroup {
    std::vector<BoundBatch> batches;
    std::vector<Rejection> rejections;
    std::string checkpoint;
    std::vector<std::string> marks;
};

/// Consecutive groups that one worker turns into chunks. Identifiable until then.
struct Job {
    std::uint64_t index = 0;  ///< place in the run's order, from 0
    std::vector<BoundGroup> groups;
    std::size_t bytes = 0;  ///< of the batches' values
    bool trickled = false;  ///< few rows of a source that brings few at a time: for the streams' open chunks
};

/// Turns jobs into what the outbox commits: one chunk a stream, cut early for all streams at the same group when one is
/// full; or, of what trickled in, rows for the open chunks. Keeps its compressors from job to job. One thread.
class ChunkWorker {
  public:
    /// A chunk is cut once it may have reached this; the rest up to ChunkBuilder::maximum_sealed_bytes is room for one
    /// more group.
    static constexpr std::size_t full_chunk_bytes = ChunkBuilder::maximum_sealed_bytes / 2;

    ChunkWorker(std::string source, std::vector<StreamSetup> streams, const Recipients& recipients, Clock& clock);

    /// The commits in order; the last one has the job's last checkpoint. The job's rows are let go one batch after the
    /// other.
    std::vector<OutboxCommit> work(Job job, const std::string& run);

  private:
    /// Where a stream's rows go.
    struct Destination {
        std::unique_ptr<ChunkBuilder> chunk;
        std::unique_ptr<OpenRowsBuilder> open;
        Quality quality;  // of the chunk in the making
    };

    Destination destination(RecordFormat format) const;
    void add(BoundGroup& group, bool trickled);
    OutboxCommit take_open(const std::string& run, std::string checkpoint, std::vector<std::string> marks);
    OutboxCommit cut(const std::string& run, std::string checkpoint, std::vector<std::string> marks);
    bool full() const noexcept;
    void cut_linkage(std::size_t stream, const std::string& run, OutboxCommit& commit);

    std::string source_;
    std::vector<StreamSetup> streams_;
    Recipients recipients_;
    std::vector<Destination> rows_;                    // one a stream
    std::vector<std::optional<Destination>> linkage_;  // one a stream; none where the policy makes no encodings beside
    Clock& clock_;
};

}  // namespace tributary
