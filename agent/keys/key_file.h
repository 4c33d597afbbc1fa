#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/keys/linkage_key.h"
#include "agent/platform/file.h"

namespace tributary {

/// The key file: a JSON object of
///
///     "tributary_linkage_key"  2, its form
///     "id", "epoch", "region"  ("region" may be empty)
///     "domains"                array of texts; none: any domain
///     "created"                RFC 3339
///     "key"                    base64 of 32 bytes
///     "fingerprint"
///     "site"                   the ODS code of the one site that it is made out to; only within a sealed file
///
/// Form 1 has no "region", "domains" and "site"; it is read and never written.
///
/// Reading refuses (Error key, naming the file and the fault, never the content): another form, a wrong length, a
/// passphrase in place of random bytes (all bytes printable, or fewer than 16 different ones), a fingerprint that does
/// not match. The key's bytes stand in locked memory alone, while reading and writing too.
constexpr std::size_t key_file_limit = 16U << 10U;  // bytes

/// 2 to 12 capital letters and digits, as site codes (ODS) are.
bool is_site_code(std::string_view text) noexcept;

/// A key file's content. `site` empty: made out to nobody.
LockedMemory write_linkage_key(const LinkageKey& key, const std::string& site = {});

struct AddressedKey {
    LinkageKey key;
    std::string site;
};
/// `name` stands in errors.
AddressedKey parse_addressed_key(std::string_view text, const std::string& name);
/// One that is made out to nobody.
LinkageKey parse_linkage_key(std::string_view text, const std::string& name);

/// A file of at most `limit` bytes into locked memory. Throws Error(limit), and what FileSystem throws.
LockedMemory read_secret_file(FileSystem& files, const std::filesystem::path& file, std::size_t limit);
/// Also Error(permission) for a file that others can read.
LinkageKey read_linkage_key(FileSystem& files, const std::filesystem::path& file);

}  // namespace tributary
