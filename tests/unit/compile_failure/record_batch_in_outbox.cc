// Must not compile: rows that did not go through the policy.
#include <utility>

#include "agent/deidentify/deidentifier.h"
#include "agent/outbox/chunk_builder.h"

namespace tributary {

void queue(ChunkBuilder& builder, const RecordBatch& batch, Quality& quality) {
    builder.add(batch, quality);
}

}  // namespace tributary
