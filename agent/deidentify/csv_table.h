#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/platform/file.h"

namespace tributary {

/// Reads a small helper table of a policy (extracts are read by plugins, not by this): CSV by RFC 4180, UTF-8 with or
/// without a byte order mark, LF or CRLF. Calls `take` for each record, the header too, with the line that it begins
/// on; the values are there only until the call ends. Answers the file's SHA-256, lower-case hexadecimal. Throws
/// Error(input) naming file and line (a quote that is not closed, text behind a closing quote, a record of more than
/// 1 MiB), and what the file system throws.
std::string read_csv_table(FileSystem& files, const std::filesystem::path& file,
                           const std::function<void(const std::vector<std::string>&, std::uint64_t)>& take);

}  // namespace tributary
