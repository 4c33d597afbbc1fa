#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/keys/key_pair.h"
#include "agent/platform/file.h"

namespace tributary {

/// The keys of a site: the one in use and, for what is sealed to them still, those of before. Immutable; may be shared
/// between threads.
class SiteKeyring {
  public:
    static constexpr std::size_t most_earlier = 64;

    SiteKeyring(Certificate certificate, PrivateKey key) : keys_{{std::move(certificate), std::move(key)}} {}
    /// With those of before if there are any, see earlier_file(). Throws Error(key), Error(permission).
    static SiteKeyring load(FileSystem& files, const std::filesystem::path& certificate,
                            const std::filesystem::path& key);
    /// Where those of before are kept: "site.key.earlier", PEM, the last one first.
    static std::filesystem::path earlier_file(const std::filesystem::path& key);
    /// The text of that file with the present key as the last one of before; `key`'s file is the present one.
    std::string as_earlier() const;

    const Certificate& certificate() const noexcept { return keys_.front().certificate; }
    const PrivateKey& key() const noexcept { return keys_.front().key; }

    /// Throws as open_sealed() does; Error(key) if it was sealed to none of them.
    std::string open(std::string_view sealed, std::size_t limit) const;

  private:
    std::vector<KeyPair> keys_;  // the one in use first
};

}  // namespace tributary
