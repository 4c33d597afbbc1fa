// What is meant to compile does: the files beside this one fail for their own reason and no other.
#include <utility>

#include "agent/deidentify/deidentifier.h"
#include "agent/outbox/chunk_builder.h"

namespace tributary {

void queue(ChunkBuilder& builder, const Deidentifier& deidentifier, RecordBatch batch, Quality& quality) {
    builder.add(deidentifier.apply(std::move(batch), quality), quality);
}

}  // namespace tributary
