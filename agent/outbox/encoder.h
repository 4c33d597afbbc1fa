#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/record/deidentified_batch.h"

namespace tributary {

enum class RecordFormat { ndjson, csv };

/// Whole rows, one after the other; or the header.
struct EncodedPiece {
    std::string_view bytes;
    std::span<const std::size_t> row_ends;  ///< of each row: the offset behind it; none for the header
};

/// Takes what was encoded, piece by piece; a piece is there only until the call ends.
using EncodedPieces = std::function<void(const EncodedPiece&)>;

std::string_view to_string(RecordFormat format) noexcept;

/// Rows to bytes. NDJSON: one object a line in column order, null for null (RFC 8259 escapes, UTF-8). CSV: RFC 4180
/// with CRLF and a header line in each chunk, null as nothing, an empty text as "". One thread at a time.
class Encoder {
  public:
    virtual ~Encoder() = default;
    virtual void encode_header(const Schema& schema, const EncodedPieces& output) = 0;
    virtual void encode(const DeidentifiedBatch& batch, const EncodedPieces& output) = 0;
    static std::unique_ptr<Encoder> create(RecordFormat format);
};

/// What stands once before a chunk's first row; empty in NDJSON.
std::string encoded_header(RecordFormat format, const Schema& schema);

}  // namespace tributary
