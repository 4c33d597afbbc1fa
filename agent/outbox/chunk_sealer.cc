#include "agent/outbox/chunk_sealer.h"

#include <zstd.h>

#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/platform/error.h"

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

struct ChunkSealer::Implementation {
    Compressor compressor;
    Sha256 digest;
    std::uint64_t plain_bytes = 0;
};

ChunkSealer::ChunkSealer() : implementation_(std::make_unique<Implementation>()) {}
ChunkSealer::~ChunkSealer() = default;

void ChunkSealer::add(std::string_view encoded) {
    auto& self = *implementation_;
    self.digest.update(encoded);
    self.compressor.add(encoded);
    self.plain_bytes += encoded.size();
}

std::size_t ChunkSealer::compressed_bound() const noexcept {
    return implementation_->compressor.bytes().size() + Compressor::held_bound() + framing_bound;
}

std::string ChunkSealer::finish(const Certificate& repository, Manifest& manifest) {
    auto& self = *implementation_;
    std::string sealed;
    try {
        self.compressor.end();
        sealed = seal(self.compressor.bytes(), repository);
        manifest.plain_bytes = self.plain_bytes;
        manifest.plain_sha256 = to_hex(self.digest.finish());
        manifest.sealed_bytes = sealed.size();
        manifest.sealed_sha256 = to_hex(sha256(sealed));
    } catch (...) {
        clear();
        throw;
    }
    clear();
    if (sealed.size() > maximum_sealed_bytes) {
        throw Error(ErrorCode::limit, "a chunk of stream " + manifest.stream + " has " + std::to_string(sealed.size()) +
                                          " bytes for " + std::to_string(manifest.rows) +
                                          " rows; a chunk has at most " + std::to_string(maximum_sealed_bytes) +
                                          ": records of this size cannot be taken");
    }
    return sealed;
}

void ChunkSealer::clear() {
    implementation_->compressor.clear();
    implementation_->digest = Sha256();
    implementation_->plain_bytes = 0;
}

}  // namespace tributary
