#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/file.h"

namespace tributary {

/// A local table from postcodes to areas (LSOA, IMD decile), as the Office for National Statistics gives them out: CSV
/// (RFC 4180, UTF-8) with a header. Immutable; may be shared between threads. 2.7 million postcodes take 32 MiB.
class PostcodeTable {
  public:
    /// Reads the columns `from` (whole postcodes, in any spacing) and `to`. Throws Error(input) naming the file and
    /// line: no such column, a row that is too short, the same postcode twice with different areas, more than 10
    /// million rows; Error(not_found, permission, storage). Rows without a postcode or an area are passed over.
    static std::shared_ptr<const PostcodeTable> load(FileSystem& files, const std::filesystem::path& file,
                                                     const std::string& from, const std::string& to);

    /// Of a postcode in capitals without spaces; empty if the table does not have it.
    std::string_view find(std::string_view postcode) const noexcept;
    std::size_t size() const noexcept { return entries_.size(); }
    /// SHA-256 of the file, lower-case hexadecimal.
    const std::string& digest() const noexcept { return digest_; }

  private:
    friend class PostcodeTableReader;
    /// In order: the postcode as a number to the base of 37 (37 bits), and behind it the area's index (24 bits).
    std::vector<std::uint64_t> entries_;
    std::vector<std::string> areas_;
    std::string digest_;
};

}  // namespace tributary
