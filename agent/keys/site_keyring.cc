#include "agent/keys/site_keyring.h"

#include <set>
#include <utility>

#include "agent/keys/envelope.h"
#include "agent/keys/wiped.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::uint64_t longest_file = 1U << 20U;
constexpr std::string_view begins = "-----BEGIN CERTIFICATE-----";

void append(std::string& text, const KeyPair& pair) {
    text += pair.certificate.to_pem();
    auto key = pair.key.to_pem();
    const Wiped wiped(key);
    text += key;
}

}  // namespace

std::filesystem::path SiteKeyring::earlier_file(const std::filesystem::path& key) {
    auto file = key;
    file += ".earlier";
    return file;
}

SiteKeyring SiteKeyring::load(FileSystem& files, const std::filesystem::path& certificate,
                              const std::filesystem::path& key) {
    SiteKeyring keyring(Certificate::load(files, certificate), PrivateKey::load(files, key));
    const auto file = earlier_file(key);
    if (!files.exists(file)) {
        return keyring;
    }
    if (const auto why = why_not_private(file)) {
        throw Error(ErrorCode::permission, file.string() + ": private keys must not be open to others: " + *why);
    }
    auto text = read_file(files, file, longest_file);
    const Wiped wiped(text);
    for (auto at = text.find(begins); at != std::string::npos;) {
        const auto next = text.find(begins, at + begins.size());
        const auto pair = std::string_view(text).substr(at, next - at);
        keyring.keys_.push_back(
            {Certificate::from_pem(pair, file.string()), PrivateKey::from_pem(pair, file.string())});
        at = next;
    }
    return keyring;
}

std::string SiteKeyring::as_earlier() const {
    std::string text;
    std::set<std::string> written;
    for (const auto& pair : keys_) {
        if (written.size() < most_earlier && written.insert(pair.certificate.fingerprint()).second) {
            append(text, pair);
        }
    }
    return text;
}

std::string SiteKeyring::open(std::string_view sealed, std::size_t limit) const {
    return open_sealed(sealed, keys_, limit);
}

}  // namespace tributary
