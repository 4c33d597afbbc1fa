#pragma once

#include <cstdint>
#include <memory>
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
};

/// Turns jobs into what the outbox commits: one chunk a stream, cut early for all streams at the same group when one is
/// full. Keeps its compressors from job to job. One thread.
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
    void add(BoundGroup& group);
    OutboxCommit cut(const std::string& run, std::string checkpoint, std::vector<std::string> marks);
    bool full() const noexcept;
    void cut_linkage(std::size_t stream, const std::string& run, OutboxCommit& commit);

    std::string source_;
    std::vector<StreamSetup> streams_;
    std::vector<std::unique_ptr<ChunkBuilder>> builders_;  // one a stream
    std::vector<Quality> quality_;                         // one a stream: of the chunk in the making
    struct Linkage {
        std::unique_ptr<ChunkBuilder> builder;
        Quality quality;
    };
    std::vector<Linkage> linkage_;  // one a stream; without a builder where the policy makes no encodings beside
    Clock& clock_;
};

}  // namespace tributary
