// As in digest.cc: plain structs that are copied by value, since the provider's HMAC costs a microsecond a message.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "agent/keys/linkage_hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>

#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t block_size = 64;  // of SHA-1 and of MD5

// With valid pointers these cannot fail: they compute, and allocate nothing.
struct Sha1 {
    using Context = SHA_CTX;
    static constexpr std::size_t size = 20;
    static void start(Context& context) noexcept { SHA1_Init(&context); }
    static void absorb(Context& context, const void* bytes, std::size_t count) noexcept {
        SHA1_Update(&context, bytes, count);
    }
    static void finish(Context& context, std::uint8_t* digest) noexcept { SHA1_Final(digest, &context); }
};

struct Md5 {
    using Context = MD5_CTX;
    static constexpr std::size_t size = 16;
    static void start(Context& context) noexcept { MD5_Init(&context); }
    static void absorb(Context& context, const void* bytes, std::size_t count) noexcept {
        MD5_Update(&context, bytes, count);
    }
    static void finish(Context& context, std::uint8_t* digest) noexcept { MD5_Final(digest, &context); }
};

/// The states after the key's inner and outer pad (RFC 2104, section 4).
template <typename Hash>
class HmacState {
  public:
    explicit HmacState(std::span<const std::uint8_t> key) {
        std::array<std::uint8_t, block_size> pad{};
        if (key.size() > block_size) {
            typename Hash::Context context;
            Hash::start(context);
            Hash::absorb(context, key.data(), key.size());
            Hash::finish(context, pad.data());
            OPENSSL_cleanse(&context, sizeof context);
        } else {
            std::copy(key.begin(), key.end(), pad.begin());
        }
        prepare(inner_, pad, 0x36);
        prepare(outer_, pad, 0x36 ^ 0x5c);
        OPENSSL_cleanse(pad.data(), pad.size());
    }
    ~HmacState() {
        OPENSSL_cleanse(&inner_, sizeof inner_);
        OPENSSL_cleanse(&outer_, sizeof outer_);
    }
    HmacState(const HmacState&) = delete;
    HmacState& operator=(const HmacState&) = delete;

    std::array<std::uint8_t, Hash::size> of(std::string_view first, std::string_view second) const noexcept {
        std::array<std::uint8_t, Hash::size> digest;
        typename Hash::Context context = inner_;
        Hash::absorb(context, first.data(), first.size());
        Hash::absorb(context, second.data(), second.size());
        Hash::finish(context, digest.data());
        context = outer_;
        Hash::absorb(context, digest.data(), digest.size());
        Hash::finish(context, digest.data());
        return digest;
    }

  private:
    /// Masks the pad in place, on top of what masked it before.
    static void prepare(typename Hash::Context& context, std::array<std::uint8_t, block_size>& pad, std::uint8_t mask) {
        for (auto& byte : pad) {
            byte = static_cast<std::uint8_t>(byte ^ mask);
        }
        Hash::start(context);
        Hash::absorb(context, pad.data(), pad.size());
    }

    typename Hash::Context inner_;
    typename Hash::Context outer_;
};

struct ContextDeleter {
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, ContextDeleter>;

}  // namespace

struct KeyedHmacSha1::State : HmacState<Sha1> {
    using HmacState::HmacState;
};

KeyedHmacSha1::KeyedHmacSha1(std::span<const std::uint8_t> key) : state_(std::in_place, key) {}
KeyedHmacSha1::~KeyedHmacSha1() = default;
KeyedHmacSha1::KeyedHmacSha1(KeyedHmacSha1&&) noexcept = default;

KeyedHmacSha1::Digest KeyedHmacSha1::of(std::string_view message) const noexcept {
    return state_->of(message, {});
}

struct KeyedHmacMd5::State : HmacState<Md5> {
    using HmacState::HmacState;
};

KeyedHmacMd5::KeyedHmacMd5(std::span<const std::uint8_t> key) : state_(std::in_place, key) {}
KeyedHmacMd5::~KeyedHmacMd5() = default;
KeyedHmacMd5::KeyedHmacMd5(KeyedHmacMd5&&) noexcept = default;

KeyedHmacMd5::Digest KeyedHmacMd5::of(std::string_view message) const noexcept {
    return state_->of(message, {});
}
KeyedHmacMd5::Digest KeyedHmacMd5::of(std::string_view first, std::string_view second) const noexcept {
    return state_->of(first, second);
}

/// A context that has taken the key and no message; OpenSSL wipes it when it frees it.
struct KeyedBlake2b::State {
    MacContext context;
};

KeyedBlake2b::KeyedBlake2b(std::span<const std::uint8_t> key, std::string_view salt)
    : state_(std::make_unique<State>()) {
    if (key.empty() || key.size() > longest_key || salt.size() > longest_salt) {
        throw Error(ErrorCode::internal, "BLAKE2b takes a key of 1 to 64 bytes and a salt of at most 16");
    }
    const openssl::ErrorScope errors;
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm(EVP_MAC_fetch(nullptr, "BLAKE2BMAC", nullptr),
                                                                      &EVP_MAC_free);
    state_->context.reset(EVP_MAC_CTX_new(algorithm.get()));
    std::array<char, longest_salt> padded{};
    std::copy(salt.begin(), salt.end(), padded.begin());
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_SALT, padded.data(), padded.size()),
        OSSL_PARAM_construct_end()};
    if (!state_->context || EVP_MAC_init(state_->context.get(), key.data(), key.size(), parameters) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not start BLAKE2b");
    }
}

KeyedBlake2b::~KeyedBlake2b() = default;
KeyedBlake2b::KeyedBlake2b(KeyedBlake2b&&) noexcept = default;

KeyedBlake2b::Digest KeyedBlake2b::of(std::string_view message) const {
    Digest digest;
    std::size_t size = 0;
    const MacContext context(EVP_MAC_CTX_dup(state_->context.get()));
    if (!context ||
        EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1 ||
        EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) != 1 || size != digest.size()) {
        throw Error(ErrorCode::internal, "OpenSSL could not compute BLAKE2b");
    }
    return digest;
}

}  // namespace tributary
