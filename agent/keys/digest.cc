// One HMAC of a short message must cost two compressions and no more: the pipeline computes two a row. OpenSSL 3's
// EVP_MAC and EVP_MD_CTX allocate and copy their state through the provider for each message (about 1 microsecond,
// measured); the low-level SHA256_CTX is a plain struct that is copied by value (about 0.1 microseconds with SHA-NI).
// OpenSSL 3 marks it deprecated but keeps it in every 3.x; nothing outside this file touches it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "agent/keys/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <limits>

#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t block_size = 64;

void start(SHA256_CTX& context) {
    if (SHA256_Init(&context) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not start SHA-256");
    }
}

// With valid pointers these cannot fail: they compute, and allocate nothing.
void absorb(SHA256_CTX& context, std::string_view bytes) noexcept {
    SHA256_Update(&context, bytes.data(), bytes.size());
}

OSSL_PARAM bytes_parameter(const char* name, std::string_view bytes) {
    // OSSL_PARAM takes a pointer to mutable bytes, also for what it only reads.
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

struct Sha256::State {
    SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    start(state_->context);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    absorb(state_->context, bytes);
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest;
    SHA256_Final(digest.data(), &state_->context);
    start(state_->context);
    return digest;
}

Sha256Digest sha256(std::string_view bytes) {
    Sha256Digest digest;
    SHA256_CTX context;
    start(context);
    absorb(context, bytes);
    SHA256_Final(digest.data(), &context);
    return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 15U]);
    }
    return text;
}

bool is_hex(std::string_view text, std::size_t bytes) noexcept {
    return text.size() == 2 * bytes && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void fill_random(std::span<std::uint8_t> bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw Error(ErrorCode::internal, "the operating system's random source gave no bytes");
    }
}

std::string random_hex(std::size_t bytes) {
    std::string buffer(bytes, '\0');
    const std::span<std::uint8_t> span(reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size());
    fill_random(span);
    return to_hex(span);
}

/// The SHA-256 states after the key's inner and outer pad (RFC 2104, section 4).
struct KeyedHmac::State {
    SHA256_CTX inner;
    SHA256_CTX outer;

    explicit State(std::span<const std::uint8_t> key) {
        std::array<std::uint8_t, block_size> pad{};
        if (key.size() > block_size) {
            auto digest = sha256({reinterpret_cast<const char*>(key.data()), key.size()});
            std::copy(digest.begin(), digest.end(), pad.begin());
            OPENSSL_cleanse(digest.data(), digest.size());
        } else {
            std::copy(key.begin(), key.end(), pad.begin());
        }
        prepare(inner, pad, 0x36);
        prepare(outer, pad, 0x5c);
        OPENSSL_cleanse(pad.data(), pad.size());
    }
    ~State() {
        OPENSSL_cleanse(&inner, sizeof inner);
        OPENSSL_cleanse(&outer, sizeof outer);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

  private:
    static void prepare(SHA256_CTX& context, std::array<std::uint8_t, block_size> pad, std::uint8_t mask) {
        for (auto& byte : pad) {
            byte = static_cast<std::uint8_t>(byte ^ mask);
        }
        start(context);
        SHA256_Update(&context, pad.data(), pad.size());
        OPENSSL_cleanse(pad.data(), pad.size());
    }
};

KeyedHmac::KeyedHmac(std::span<const std::uint8_t> key) : state_(std::in_place, key) {}
KeyedHmac::~KeyedHmac() = default;
KeyedHmac::KeyedHmac(KeyedHmac&&) noexcept = default;

Sha256Digest KeyedHmac::of(std::string_view message) const noexcept {
    return of(message, {});
}

Sha256Digest KeyedHmac::of(std::string_view first, std::string_view second) const noexcept {
    Sha256Digest digest;
    // The copy of the keyed state on the stack needs no wiping: the compressions overwrite it, and what stays at the
    // end is the answer.
    SHA256_CTX context = state_->inner;
    absorb(context, first);
    absorb(context, second);
    SHA256_Final(digest.data(), &context);
    context = state_->outer;
    SHA256_Update(&context, digest.data(), digest.size());
    SHA256_Final(digest.data(), &context);
    return digest;
}

namespace {

void hkdf(std::string digest_name, std::size_t digest_size, std::string_view input_key, std::string_view salt,
          std::string_view info, std::span<std::uint8_t> output) {
    const std::size_t limit = 255 * digest_size;  // RFC 5869, section 2.3
    if (output.empty() || output.size() > limit) {
        throw Error(ErrorCode::internal, "HKDF-" + digest_name + " gives 1 to " + std::to_string(limit) + " bytes");
    }
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                                      &EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(algorithm.get()),
                                                                            &EVP_KDF_CTX_free);
    // OpenSSL reads a salt of no bytes as none, which RFC 5869 defines as a digest's length of zero bytes: the same
    // HMAC key.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name.data(), 0),
        bytes_parameter(OSSL_KDF_PARAM_KEY, input_key), bytes_parameter(OSSL_KDF_PARAM_INFO, info),
        salt.empty() ? OSSL_PARAM_construct_end() : bytes_parameter(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_end()};
    if (!context || EVP_KDF_derive(context.get(), output.data(), output.size(), parameters) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not compute HKDF-" + digest_name);
    }
}

std::string hkdf(const std::string& digest_name, std::size_t digest_size, std::string_view input_key,
                 std::string_view salt, std::string_view info, std::size_t length) {
    if (length > 255 * digest_size) {
        throw Error(ErrorCode::internal, "HKDF-" + digest_name + " gives no " + std::to_string(length) + " bytes");
    }
    std::string output(length, '\0');
    hkdf(digest_name, digest_size, input_key, salt, info,
         std::span(reinterpret_cast<std::uint8_t*>(output.data()), output.size()));
    return output;
}

}  // namespace

void hkdf_sha256(std::string_view input_key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> output) {
    hkdf("SHA256", 32, input_key, salt, info, output);
}

std::string hkdf_sha256(std::string_view input_key, std::string_view salt, std::string_view info, std::size_t length) {
    return hkdf("SHA256", 32, input_key, salt, info, length);
}

void hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info,
                 std::span<std::uint8_t> output) {
    hkdf("SHA512", 64, input_key, salt, info, output);
}

std::string hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info, std::size_t length) {
    return hkdf("SHA512", 64, input_key, salt, info, length);
}

}  // namespace tributary
