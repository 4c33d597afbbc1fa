#include "agent/outbox/encoder.h"

#include "agent/outbox/csv_encoder.h"
#include "agent/outbox/ndjson_encoder.h"

namespace tributary {

std::string_view to_string(RecordFormat format) noexcept {
    switch (format) {
        case RecordFormat::ndjson:
            return "ndjson";
        case RecordFormat::csv:
            return "csv";
    }
    return "ndjson";
}

std::unique_ptr<Encoder> Encoder::create(RecordFormat format) {
    if (format == RecordFormat::csv) {
        return std::make_unique<CsvEncoder>();
    }
    return std::make_unique<NdjsonEncoder>();
}

std::string encoded_header(RecordFormat format, const Schema& schema) {
    std::string header;
    Encoder::create(format)->encode_header(schema, [&](const EncodedPiece& piece) { header += piece.bytes; });
    return header;
}

}  // namespace tributary
