#include "agent/outbox/chunk_builder.h"

#include <Poco/JSON/Object.h>
#include <zstd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/deidentify/egress_guard.h"
#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/keys/json.h"
#include "agent/platform/error.h"
#include "agent/platform/process.h"

namespace tributary {

namespace {

constexpr int compression_level = 1;
/// What CMS puts around the content: some 450 bytes for P-256, 600 and more for RSA with long names of the issuer.
constexpr std::size_t framing_bound = 8U << 10U;

std::size_t checked(std::size_t result) {
    if (ZSTD_isError(result) != 0) {
        throw Error(ErrorCode::internal, std::string("compression failed: ") + ZSTD_getErrorName(result));
    }
    return result;
}

}  // namespace

/// zstd into one buffer that is kept from chunk to chunk.
class Compressor {
  public:
    Compressor() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
        if (!context_) {
            throw Error(ErrorCode::internal, "zstd could not allocate memory");
        }
        checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, compression_level));
    }

    void add(std::string_view bytes) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        while (in.pos < in.size) {
            step(in, ZSTD_e_continue);
        }
    }

    void end() {
        ZSTD_inBuffer in{nullptr, 0, 0};
        while (step(in, ZSTD_e_end) != 0) {
        }
    }

    void clear() {
        used_ = 0;
        ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
    }

    std::string_view bytes() const noexcept { return {buffer_.data(), used_}; }

    /// What was taken in and is not in bytes() yet: one block (RFC 8878, section 3.1.1.2: at most 128 KiB) that waits
    /// to be compressed and one that waits to be written.
    static std::size_t held_bound() noexcept { return 2 * ZSTD_compressBound(128U << 10U); }

  private:
    std::size_t step(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
        if (buffer_.size() - used_ < ZSTD_CStreamOutSize()) {
            buffer_.resize(buffer_.size() + (buffer_.size() / 2) + ZSTD_CStreamOutSize());
        }
        ZSTD_outBuffer out{buffer_.data(), buffer_.size(), used_};
        const auto left = checked(ZSTD_compressStream2(context_.get(), &out, &in, directive));
        used_ = out.pos;
        return left;
    }

    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
    std::string buffer_;  // its size is the room, used_ the content
    std::size_t used_ = 0;
};

struct ChunkBuilder::Implementation {
    Implementation(RecordFormat record_format, Recipients to)
        : format(record_format), recipients(std::move(to)), encoder(Encoder::create(record_format)) {}

    void take_plain(std::string_view bytes) {
        digest.update(bytes);
        compressor.add(bytes);
        plain_bytes += bytes.size();
    }

    /// Rows of the batch in hand, as they were encoded: those that may leave go on, the others aside.
    void take_rows(const EncodedPiece& piece) {
        const std::size_t first = next_row;
        next_row += piece.row_ends.size();
        found.clear();
        guard.check(piece.bytes, piece.row_ends, *batch, first, found);
        for (const HeldRow& held : batch->held()) {
            if (held.row >= first && held.row < next_row) {
                found.push_back(held);
            }
        }
        if (found.empty()) {
            take_plain(piece.bytes);
            return;
        }
        std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
        std::size_t done = 0;
        std::size_t last = next_row;
        for (const HeldRow& held : found) {
            if (held.row == last) {
                continue;
            }
            last = held.row;
            held_of_batch.push_back(held.row);
            const std::size_t index = held.row - first;
            const std::size_t begin = index == 0 ? 0 : piece.row_ends[index - 1];
            take_plain(piece.bytes.substr(done, begin - done));
            done = piece.row_ends[index];
            hold(held, piece.bytes.substr(begin, done - begin));
        }
        take_plain(piece.bytes.substr(done));
    }

    void hold(const HeldRow& row, std::string_view encoded) {
        Poco::JSON::Object object;
        object.set("column", row.column < schema.fields.size() ? schema.fields[row.column].name : "");
        object.set("origin", batch->origin());
        object.set("reason", std::string(row.reason));
        object.set("record", std::string(encoded));
        object.set("row", batch->source_row(row.row));
        held_rows += json_text(object) + "\n";
        ++withheld[std::string(row.reason)];
    }

    void clear() {
        compressor.clear();
        digest = Sha256();
        schema = {};
        begun = false;
        rows = 0;
        plain_bytes = 0;
        quality = {};
        wipe(held_rows.data(), held_rows.size());
        held_rows.clear();
    }

    RecordFormat format;
    Recipients recipients;
    std::unique_ptr<Encoder> encoder;
    EgressGuard guard;
    Compressor compressor;
    Sha256 digest;
    const EncodedPieces plain = [this](const EncodedPiece& piece) { take_plain(piece.bytes); };
    const EncodedPieces guarded = [this](const EncodedPiece& piece) { take_rows(piece); };
    const DeidentifiedBatch* batch = nullptr;  // in hand
    std::size_t next_row = 0;                  // of it
    std::vector<HeldRow> found;
    std::map<std::string, std::uint64_t> withheld;  // of it
    std::vector<std::size_t> held_of_batch;         // rows
    std::string held_rows;                          // of the chunk
    Schema schema;
    bool begun = false;  // a batch was added
    std::uint64_t rows = 0;
    std::uint64_t plain_bytes = 0;
    Quality quality;
};

ChunkBuilder::ChunkBuilder(RecordFormat format, Recipients recipients)
    : implementation_(std::make_unique<Implementation>(format, std::move(recipients))) {}

ChunkBuilder::~ChunkBuilder() = default;

std::vector<std::size_t> ChunkBuilder::add(const DeidentifiedBatch& batch, Quality& quality) {
    auto& self = *implementation_;
    if (!self.begun) {
        self.schema = batch.schema();
        self.encoder->encode_header(self.schema, self.plain);
        self.begun = true;
    } else if (self.schema != batch.schema()) {
        throw Error(ErrorCode::internal, "batches of two schemas were to go into one chunk");
    }
    self.batch = &batch;
    self.next_row = 0;
    self.withheld.clear();
    self.held_of_batch.clear();
    self.encoder->encode(batch, self.guarded);
    self.rows += batch.rows();
    for (const auto& [reason, count] : self.withheld) {
        self.rows -= count;
        quality.withheld[reason] += count;
    }
    self.quality.merge(quality);
    return std::move(self.held_of_batch);
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
    return implementation_->compressor.bytes().size() + Compressor::held_bound() + framing_bound;
}

SealedChunk ChunkBuilder::finish(const CompiledPolicy& policy, const std::string& run, TimePoint created) {
    auto& self = *implementation_;
    SealedChunk chunk;
    try {
        self.compressor.end();
        chunk.sealed = seal(self.compressor.bytes(), self.recipients.repository);
        auto& manifest = chunk.manifest;
        manifest.id = random_hex(16);
        manifest.stream = policy.stream();
        manifest.run = run;
        manifest.created = created;
        manifest.format = to_string(self.format);
        manifest.rows = self.rows;
        manifest.plain_bytes = self.plain_bytes;
        manifest.plain_sha256 = to_hex(self.digest.finish());
        manifest.sealed_bytes = chunk.sealed.size();
        manifest.sealed_sha256 = to_hex(sha256(chunk.sealed));
        if (!self.held_rows.empty()) {
            chunk.held = HeldRows{policy.stream(), self.quality.withheld, seal(self.held_rows, self.recipients.site)};
        }
        manifest.schema = std::move(self.schema);
        manifest.policy_sha256 = policy.hash();
        manifest.pseudonyms = policy.pseudonyms();
        if (self.begun) {
            manifest.linked = policy.linked();  // a chunk of counts alone has no columns to join by
        }
        manifest.quality = std::move(self.quality);
    } catch (...) {
        self.clear();
        throw;
    }
    self.clear();
    if (chunk.sealed.size() > maximum_sealed_bytes) {
        throw Error(ErrorCode::limit,
                    "a chunk of stream " + policy.stream() + " has " + std::to_string(chunk.sealed.size()) +
                        " bytes for " + std::to_string(chunk.manifest.rows) + " rows; a chunk has at most " +
                        std::to_string(maximum_sealed_bytes) + ": records of this size cannot be taken");
    }
    return chunk;
}

}  // namespace tributary
