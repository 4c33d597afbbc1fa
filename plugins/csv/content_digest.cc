#include "plugins/csv/content_digest.h"

#include <openssl/evp.h>

#include "agent/platform/error.h"

namespace tributary::csv {

namespace {

void require(int result) {
    if (result != 1) {
        throw Error(ErrorCode::internal, "SHA-256 is not to be had from OpenSSL; is its configuration damaged?");
    }
}

}  // namespace

void ContentDigest::Free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

ContentDigest::ContentDigest() : context_(EVP_MD_CTX_new()) {
    require(context_ != nullptr ? 1 : 0);
    require(EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr));
}

void ContentDigest::add(std::string_view bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Digest ContentDigest::finish() {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), value, &size));
    return Digest(static_cast<const char*>(static_cast<const void*>(value)), size);
}

}  // namespace tributary::csv
