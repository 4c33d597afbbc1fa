// Must not compile: rows that did not go through the policy.
#include "agent/outbox/encoder.h"
#include "agent/record/record_batch.h"

namespace tributary {

void encode(Encoder& encoder, const RecordBatch& batch, const EncodedPieces& output) {
    encoder.encode(batch, output);
}

}  // namespace tributary
