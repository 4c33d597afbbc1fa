#include "agent/keys/siv.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "agent/keys/openssl.h"
#include "agent/platform/locked_memory.h"

namespace tributary {
namespace {

struct CipherDeleter {
    void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
};
struct ContextDeleter {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

void require(bool done) {
    if (!done) {
        throw Error(ErrorCode::internal, "AES-SIV failed: " + openssl::reason());
    }
}

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

int length_of(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw Error(ErrorCode::limit, "more than 2 GiB in one piece");
    }
    return static_cast<int>(text.size());
}

}  // namespace

struct Siv::State {
    LockedMemory key;
    std::shared_ptr<EVP_CIPHER> cipher;
    std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter> context;

    explicit State(std::span<const std::uint8_t> bytes) : key(bytes.size()) {
        std::copy(bytes.begin(), bytes.end(), key.bytes().begin());
        const auto size = bytes.size();
        const char* const name = size == 32 ? "AES-128-SIV" : size == 48 ? "AES-192-SIV" : "AES-256-SIV";
        if (size != 32 && size != 48 && size != Siv::key_bytes) {
            throw Error(ErrorCode::internal, "an AES-SIV key has 32, 48 or 64 bytes");
        }
        cipher = std::shared_ptr<EVP_CIPHER>(EVP_CIPHER_fetch(nullptr, name, nullptr), CipherDeleter());
        context.reset(EVP_CIPHER_CTX_new());
        require(cipher != nullptr && context != nullptr);
    }

    /// A message takes a context that was begun anew: S2V keeps its state.
    void begin(bool encrypt, std::string_view associated) {
        require(EVP_CipherInit_ex(context.get(), cipher.get(), nullptr, bytes_of(key.text()), nullptr,
                                  encrypt ? 1 : 0) == 1);
        int taken = 0;
        require(associated.empty() ||
                EVP_CipherUpdate(context.get(), nullptr, &taken, bytes_of(associated), length_of(associated)) == 1);
    }
};

Siv::Siv(std::span<const std::uint8_t> key) : state_(std::make_unique<State>(key)) {}
Siv::~Siv() = default;
Siv::Siv(const Siv& other) : state_(std::make_unique<State>(other.state_->key.bytes())) {}
Siv::Siv(Siv&&) noexcept = default;

void Siv::seal(std::string_view plain, std::string& sealed, std::string_view associated) {
    const openssl::ErrorScope scope;
    if (plain.empty()) {
        throw Error(ErrorCode::internal, "AES-SIV was to seal nothing");
    }
    sealed.resize(tag_bytes + plain.size());
    auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
    state_->begin(true, associated);
    EVP_CIPHER_CTX* const context = state_->context.get();
    int written = 0;
    require(EVP_EncryptUpdate(context, out + tag_bytes, &written, bytes_of(plain), length_of(plain)) == 1);
    int rest = 0;
    require(EVP_EncryptFinal_ex(context, out + tag_bytes + written, &rest) == 1);
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes), out) == 1);
}

std::optional<std::string> Siv::open(std::string_view sealed, std::string_view associated) {
    const openssl::ErrorScope scope;
    if (sealed.size() <= tag_bytes) {
        return std::nullopt;
    }
    state_->begin(false, associated);
    EVP_CIPHER_CTX* const context = state_->context.get();
    std::string tag(sealed.substr(0, tag_bytes));
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1);
    const auto cipher_text = sealed.substr(tag_bytes);
    std::string plain(cipher_text.size(), '\0');
    int written = 0;
    if (EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(plain.data()), &written, bytes_of(cipher_text),
                          length_of(cipher_text)) != 1) {
        OPENSSL_cleanse(plain.data(), plain.size());
        return std::nullopt;
    }
    return plain;
}

}  // namespace tributary
