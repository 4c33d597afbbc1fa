#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "agent/platform/error.h"

/// For the .cc files of this folder: OpenSSL's objects with their owners, and its errors without its contents.
namespace tributary::openssl {

struct BioDeleter {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

struct Free {
    void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};
/// What OpenSSL has allocated for its caller.
template <typename Byte>
using Memory = std::unique_ptr<Byte, Free>;

/// The DER form that an i2d_ function of OpenSSL writes of a thing; empty if it could not.
template <typename Thing, typename Write>
std::string der_of(Thing* thing, Write write) {
    unsigned char* der = nullptr;
    const int size = write(thing, &der);
    const Memory<unsigned char> owner(der);
    return size <= 0 ? std::string{} : std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
}

/// Ends with an empty error queue: OpenSSL keeps one a thread, and what is left in it confuses the TLS connection that
/// the same thread looks at next.
class ErrorScope {
  public:
    ErrorScope() noexcept { ERR_clear_error(); }
    ~ErrorScope() { ERR_clear_error(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;
};

/// OpenSSL's fixed text for its last error; never holds what was read.
inline std::string reason() {
    const char* const text = ERR_reason_error_string(ERR_peek_last_error());
    return text != nullptr ? text : "no reason given";
}

/// A memory BIO that reads `bytes` in place; the bytes must outlive it.
inline Bio reader(std::string_view bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw Error(ErrorCode::limit, "more than 2 GiB in one piece");
    }
    Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    if (!bio) {
        throw Error(ErrorCode::internal, "OpenSSL could not allocate memory");
    }
    return bio;
}

inline Bio writer() {
    Bio bio(BIO_new(BIO_s_mem()));
    if (!bio) {
        throw Error(ErrorCode::internal, "OpenSSL could not allocate memory");
    }
    return bio;
}

/// What was written to a memory BIO.
inline std::string_view written(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size <= 0 ? std::string_view{} : std::string_view(data, static_cast<std::size_t>(size));
}

/// Is it on the curve P-256, as ES256 needs?
inline bool is_p256(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == SN_X9_62_prime256v1;
}

}  // namespace tributary::openssl
