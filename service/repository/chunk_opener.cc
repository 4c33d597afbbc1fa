#include "service/repository/chunk_opener.h"

#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/platform/error.h"
#include "service/repository/row_counter.h"

namespace tributary {
namespace {

/// Frames may ask for a window of 8 MiB at most (as level 19 does); memory is bounded by this.
constexpr int window_log_maximum = 23;

struct FreeStream {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
};

class Decompressor {
  public:
    Decompressor() : stream_(ZSTD_createDStream()), output_(ZSTD_DStreamOutSize()) {
        if (!stream_ || ZSTD_isError(ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, window_log_maximum))) {
            throw Error(ErrorCode::internal, "zstd cannot be set up");
        }
    }

    /// Calls `write` with each piece; throws Error(corrupt) unless the input is whole frames and nothing else.
    void run(std::string_view compressed, const std::function<void(std::string_view)>& write) {
        ZSTD_inBuffer input{compressed.data(), compressed.size(), 0};
        std::size_t expected = 1;  // 0 behind a whole frame
        bool full = true;
        // Another call behind the last frame would ask for the next one's header.
        while (input.pos < input.size || (full && expected != 0)) {
            ZSTD_outBuffer output{output_.data(), output_.size(), 0};
            const std::size_t before = input.pos;
            expected = ZSTD_decompressStream(stream_.get(), &output, &input);
            if (ZSTD_isError(expected)) {
                throw Error(ErrorCode::corrupt, std::string("zstd: ") + ZSTD_getErrorName(expected));
            }
            full = output.pos == output.size;
            if (output.pos > 0) {
                write({output_.data(), output.pos});
            } else if (input.pos == before) {
                break;
            }
        }
        if (expected != 0) {
            throw Error(ErrorCode::corrupt, "zstd: the frame is cut off");
        }
    }

  private:
    std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
    std::vector<char> output_;
};

}  // namespace

void ChunkOpener::open(std::string_view sealed, const Manifest& manifest,
                       const std::function<void(std::string_view)>& write) const {
    const std::string compressed = open_sealed(sealed, keys_, sealed.size());
    Sha256 sha;
    RowCounter rows(manifest.format == "csv");
    std::uint64_t bytes = 0;
    Decompressor().run(compressed, [&](std::string_view piece) {
        bytes += piece.size();
        if (bytes > manifest.plain_bytes) {
            throw Error(ErrorCode::limit, "the chunk opens to more than the manifest's plain_bytes, " +
                                              std::to_string(manifest.plain_bytes));
        }
        sha.update(piece);
        rows.add(piece);
        write(piece);
    });
    if (bytes != manifest.plain_bytes || to_hex(sha.finish()) != manifest.plain_sha256) {
        throw Error(ErrorCode::corrupt,
                    "the opened bytes are not those of the manifest's plain_bytes and plain_sha256");
    }
    if (rows.rows() != manifest.rows || !rows.ends_whole()) {
        throw Error(ErrorCode::corrupt, "the chunk holds " + std::to_string(rows.rows()) + " rows, its manifest says " +
                                            std::to_string(manifest.rows));
    }
}

}  // namespace tributary
