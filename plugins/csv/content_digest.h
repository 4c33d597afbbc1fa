#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tributary::csv {

/// SHA-256 of a file's bytes: what a file is known by, whatever it is called. 32 bytes, not text.
using Digest = std::string;
constexpr std::size_t digest_size = 32;

class ContentDigest {
  public:
    ContentDigest();
    void add(std::string_view bytes);
    Digest finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace tributary::csv
