#pragma once

#include <string>
#include <vector>

#include "agent/outbox/byte_writer.h"
#include "agent/outbox/encoder.h"

namespace tributary {

/// One JSON object a line (RFC 8259). Numbers that JSON does not have (NaN, infinities) are null; each byte that is not
/// valid UTF-8 becomes U+FFFD.
class NdjsonEncoder final : public Encoder {
  public:
    void encode_header(const Schema& schema, const EncodedPieces& output) override;
    void encode(const DeidentifiedBatch& batch, const EncodedPieces& output) override;

  private:
    struct Plan;

    void prepare(const Schema& schema);
    void write_value(const Plan& plan, std::size_t row);
    void write_text(const Plan& plan, std::size_t row);

    Schema schema_;
    std::vector<std::string> prefixes_;  // {"first": and then ,"next":
    ByteWriter writer_;
};

}  // namespace tributary
