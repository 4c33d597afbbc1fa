#include "plugins/csv/content_digest.h"

#include <openssl/evp.h>

#include <future>

#include "agent/platform/error.h"

namespace tributary::csv {

namespace {

void require(int result) {
    if (result != 1) {
        throw Error(ErrorCode::internal, "SHA-256 is not to be had from OpenSSL; is its configuration damaged?");
    }
}

Digest as_digest(const unsigned char* value, unsigned int size) {
    return Digest(static_cast<const char*>(static_cast<const void*>(value)), size);
}

Digest sha256(std::string_view bytes) {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(EVP_Digest(bytes.data(), bytes.size(), value, &size, EVP_sha256(), nullptr));
    return as_digest(value, size);
}

}  // namespace

void ContentDigest::Free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

ContentDigest::ContentDigest(std::string_view stream) : pieces_(EVP_MD_CTX_new()) {
    require(pieces_ != nullptr ? 1 : 0);
    require(EVP_DigestInit_ex2(pieces_.get(), EVP_sha256(), nullptr));
    require(EVP_DigestUpdate(pieces_.get(), stream.data(), stream.size()));
    require(EVP_DigestUpdate(pieces_.get(), "", 1));
}

void ContentDigest::add(std::string_view bytes) {
    const auto take = [this](const Digest& piece) {
        require(EVP_DigestUpdate(pieces_.get(), piece.data(), piece.size()));
    };
    if (bytes.size() <= piece_size) {
        take(sha256(bytes));
        return;
    }
    auto second = std::async(std::launch::async, [&] { return sha256(bytes.substr(piece_size)); });
    take(sha256(bytes.substr(0, piece_size)));
    take(second.get());
}

Digest ContentDigest::finish() {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(pieces_.get(), value, &size));
    return as_digest(value, size);
}

}  // namespace tributary::csv
