#include "agent/outbox/chunk_builder.h"

#include <utility>

#include "agent/keys/digest.h"
#include "agent/outbox/chunk_sealer.h"
#include "agent/platform/error.h"

namespace tributary {

struct ChunkBuilder::Implementation {
    Implementation(RecordFormat record_format, Recipients to) : format(record_format), recipients(std::move(to)) {}

    void clear() {
        sealer.clear();
        encoder.clear();
        schema = {};
        begun = false;
        rows = 0;
        quality = {};
    }

    RecordFormat format;
    Recipients recipients;
    ChunkSealer sealer;
    std::uint64_t rows = 0;
    GuardedEncoder encoder{format, [this](std::string_view encoded, std::uint64_t count) {
                               sealer.add(encoded);
                               rows += count;
                           }};
    Schema schema;
    bool begun = false;  // a batch was added
    Quality quality;
};

ChunkBuilder::ChunkBuilder(RecordFormat format, Recipients recipients)
    : implementation_(std::make_unique<Implementation>(format, std::move(recipients))) {}

ChunkBuilder::~ChunkBuilder() = default;

std::vector<std::size_t> ChunkBuilder::add(const DeidentifiedBatch& batch, Quality& quality) {
    auto& self = *implementation_;
    if (!self.begun) {
        self.schema = batch.schema();
        self.sealer.add(encoded_header(self.format, self.schema));
        self.begun = true;
    } else if (self.schema != batch.schema()) {
        throw Error(ErrorCode::internal, "batches of two schemas were to go into one chunk");
    }
    auto held = self.encoder.encode(batch, quality);
    self.quality.merge(quality);
    return held;
}

bool ChunkBuilder::empty() const noexcept {
    const auto& self = *implementation_;
    return self.rows == 0 && self.quality.rejected.empty() && self.quality.withheld.empty() &&
           self.quality.opted_out == 0;
}

std::uint64_t ChunkBuilder::rows() const noexcept {
    return implementation_->rows;
}

std::size_t ChunkBuilder::compressed_bound() const noexcept {
    return implementation_->sealer.compressed_bound();
}

SealedChunk ChunkBuilder::finish(const CompiledPolicy& policy, const std::string& run, TimePoint created) {
    auto& self = *implementation_;
    SealedChunk chunk;
    try {
        auto& manifest = chunk.manifest;
        manifest = unsealed_manifest(policy, run, created, self.format, std::move(self.schema));
        manifest.rows = self.rows;
        if (!self.begun) {
            manifest.linked.reset();  // a chunk of counts alone has no columns to join by
        }
        manifest.quality = std::move(self.quality);
        chunk.sealed = self.sealer.finish(self.recipients.repository, manifest);
        chunk.held = self.encoder.take_held(policy.stream(), self.recipients.site);
    } catch (...) {
        self.clear();
        throw;
    }
    self.clear();
    return chunk;
}

Manifest unsealed_manifest(const CompiledPolicy& policy, const std::string& run, TimePoint created, RecordFormat format,
                           Schema schema) {
    Manifest manifest;
    manifest.id = random_hex(16);
    manifest.stream = policy.stream();
    manifest.run = run;
    manifest.created = created;
    manifest.format = to_string(format);
    manifest.schema = std::move(schema);
    manifest.policy_sha256 = policy.hash();
    manifest.pseudonyms = policy.pseudonyms();
    manifest.linked = policy.linked();
    return manifest;
}

}  // namespace tributary
