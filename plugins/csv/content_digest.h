#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tributary::csv {

/// What a file of a stream is known by, whatever it is called: SHA-256 of the stream's name, NUL, and the SHA-256 of
/// each of its pieces of 2 MiB (files of two streams may well be the same, and each is to be taken). 32 bytes, not
/// text. In pieces, so that two threads share the work: nothing else can begin before a file is known to be new.
using Digest = std::string;
constexpr std::size_t digest_size = 32;

class ContentDigest {
  public:
    static constexpr std::size_t piece_size = 2U << 20U;
    /// How much add() takes at best.
    static constexpr std::size_t step_size = 2 * piece_size;

    explicit ContentDigest(std::string_view stream);
    /// The file's bytes from its beginning, `step_size` at a time; only the last may be shorter.
    void add(std::string_view bytes);
    Digest finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> pieces_;
};

}  // namespace tributary::csv
