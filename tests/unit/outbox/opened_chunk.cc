#include "tests/unit/outbox/opened_chunk.h"

#include <zstd.h>

#include <boost/test/unit_test.hpp>

#include "agent/keys/envelope.h"

namespace tributary::testing {

std::string opened(const SealedChunk& chunk, const Identity& identity) {
    const auto compressed = open_sealed(chunk.sealed, identity.certificate, identity.key, 8U << 20U);
    std::string plain(chunk.manifest.plain_bytes + 1, '\0');
    const auto size = ZSTD_decompress(plain.data(), plain.size(), compressed.data(), compressed.size());
    if (ZSTD_isError(size) != 0) {
        BOOST_FAIL(ZSTD_getErrorName(size));
    }
    plain.resize(size);
    return plain;
}

}  // namespace tributary::testing
