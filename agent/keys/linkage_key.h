#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"

namespace tributary {

/// 32 random bytes that turn identifiers into pseudonyms. Whoever has it can test any guess; it never leaves the site
/// and the custodian. Its bytes are wiped when it goes. Not copyable.
class LinkageKey {
  public:
    static constexpr std::size_t size = 32;

    LinkageKey(std::string id, std::uint32_t epoch, const std::array<std::uint8_t, size>& bytes);
    ~LinkageKey() { wipe(bytes_.data(), bytes_.size()); }
    LinkageKey(LinkageKey&& other) noexcept;
    LinkageKey& operator=(LinkageKey&&) = delete;
    LinkageKey(const LinkageKey&) = delete;
    LinkageKey& operator=(const LinkageKey&) = delete;

    /// A fresh one from the operating system's random source.
    static LinkageKey create(std::string id, std::uint32_t epoch);

    const std::string& id() const noexcept {
        return id_;
    }  ///< "region-2026"; letters, digits, '-', '_', '.', at most 64
    std::uint32_t epoch() const noexcept { return epoch_; }  ///< rises with each rotation
    const std::array<std::uint8_t, size>& bytes() const noexcept { return bytes_; }
    /// First 16 hexadecimal digits of SHA-256("tributary linkage key fingerprint v1" || bytes): tells keys apart, tells
    /// nothing of the key.
    std::string fingerprint() const;

  private:
    std::string id_;
    std::uint32_t epoch_;
    std::array<std::uint8_t, size> bytes_;
};

/// The key file: JSON {"tributary_linkage_key": 1, "id", "epoch", "created", "key": base64 of 32 bytes, "fingerprint"}.
/// Reading refuses (Error key, naming the file and the fault, never the content): another form, a wrong length, a
/// passphrase in place of random bytes (all bytes printable, or fewer than 16 different ones), a fingerprint that does
/// not match, a file that others can read (Error permission).
std::string write_linkage_key(const LinkageKey& key, TimePoint created);
/// `name` stands in errors.
LinkageKey parse_linkage_key(std::string_view text, const std::string& name);
LinkageKey read_linkage_key(FileSystem& files, const std::filesystem::path& file);

/// The linkage keys of a site: the files *.key of one folder. Immutable after loading; may be shared between threads.
class LinkageKeys {
  public:
    LinkageKeys() = default;
    /// Throws Error for the first file that cannot be used, and when two files hold one id. A missing folder holds no
    /// keys.
    static LinkageKeys load(FileSystem& files, const std::filesystem::path& folder);
    void add(LinkageKey key);

    /// nullptr if there is none with this id.
    const LinkageKey* find(const std::string& id) const noexcept;
    std::vector<std::string> ids() const;

  private:
    std::map<std::string, LinkageKey> keys_;
};

}  // namespace tributary
