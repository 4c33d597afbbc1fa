#pragma once

#include <string_view>

#include "agent/outbox/byte_writer.h"
#include "agent/outbox/encoder.h"

namespace tributary {

/// RFC 4180: CRLF, a header line, quotes where a text needs them. Null is nothing and an empty text is "", so the two
/// stay apart. NaN and infinities are null; each byte that is not valid UTF-8 becomes U+FFFD.
class CsvEncoder final : public Encoder {
  public:
    void encode_header(const Schema& schema, const EncodedPieces& output) override;
    void encode(const DeidentifiedBatch& batch, const EncodedPieces& output) override;

  private:
    void write_text(std::string_view text);
    void write_quoted(std::string_view text);
    void write_value(const Column& column, std::size_t row);

    ByteWriter writer_;
};

}  // namespace tributary
