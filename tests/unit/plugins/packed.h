#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>

namespace tributary::csv::test {

/// The content as one gzip member.
inline std::string gzip(std::string content) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("deflateInit2");
    }
    std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())) + 64, '\0');
    stream.next_in = static_cast<Bytef*>(static_cast<void*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = static_cast<Bytef*>(static_cast<void*>(packed.data()));
    stream.avail_out = static_cast<uInt>(packed.size());
    const int result = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        throw std::runtime_error("deflate");
    }
    return packed;
}

}  // namespace tributary::csv::test
