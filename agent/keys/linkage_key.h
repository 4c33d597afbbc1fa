#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/locked_memory.h"

namespace tributary {

/// What may be told of a linkage key. Id, region and domains are words: 1 to 64 letters, digits, '-', '_', '.'.
struct LinkageKeyDescription {
    std::string id;                      ///< "region-2026"
    std::uint32_t epoch = 0;             ///< rises with each rotation in a region
    std::string region;                  ///< whose sites share it; empty: not said (key files of form 1)
    std::vector<std::string> domains{};  ///< for which it may be used, at most 64; empty: any
    TimePoint created{};
};

/// 32 random bytes that turn identifiers into pseudonyms. Whoever has it can test any guess; it never leaves the site
/// and the custodian. Its bytes stay in one place of locked memory and are wiped when it goes. Not copyable; may be
/// shared between threads.
class LinkageKey {
  public:
    static constexpr std::size_t size = 32;
    static constexpr std::size_t most_domains = 64;
    using Bytes = std::array<std::uint8_t, size>;

    /// Throws Error(key) for a description that is none.
    LinkageKey(LinkageKeyDescription description, const Bytes& bytes);
    LinkageKey(std::string id, std::uint32_t epoch, const Bytes& bytes)
        : LinkageKey(LinkageKeyDescription{std::move(id), epoch, {}, {}, {}}, bytes) {}

    /// A fresh one from the operating system's random source.
    static LinkageKey create(LinkageKeyDescription description);
    static LinkageKey create(std::string id, std::uint32_t epoch) {
        return create(LinkageKeyDescription{std::move(id), epoch, {}, {}, {}});
    }

    const LinkageKeyDescription& description() const noexcept { return description_; }
    const std::string& id() const noexcept { return description_.id; }
    std::uint32_t epoch() const noexcept { return description_.epoch; }
    const std::string& region() const noexcept { return description_.region; }
    const std::vector<std::string>& domains() const noexcept { return description_.domains; }  ///< sorted, each once
    /// May pseudonyms of this domain be made with it?
    bool allows_domain(std::string_view domain) const noexcept;
    TimePoint created() const noexcept { return description_.created; }
    const Bytes& bytes() const noexcept { return *bytes_; }
    /// First 16 hexadecimal digits of SHA-256("tributary linkage key fingerprint v1" || bytes): tells keys apart, tells
    /// nothing of the key.
    std::string fingerprint() const;

  private:
    explicit LinkageKey(LinkageKeyDescription description);

    LinkageKeyDescription description_;
    Locked<Bytes> bytes_;
};

/// The linkage keys of a site, from load_linkage_keys() (key_store.h). Immutable after loading; may be shared between
/// threads.
class LinkageKeys {
  public:
    LinkageKeys() = default;
    /// Throws Error(key) if there is one with this id.
    void add(LinkageKey key);

    /// nullptr if there is none with this id.
    const LinkageKey* find(const std::string& id) const noexcept;
    std::vector<std::string> ids() const;

  private:
    std::map<std::string, LinkageKey> keys_;
};

}  // namespace tributary
