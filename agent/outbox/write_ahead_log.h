#pragma once

#include <filesystem>

#include "agent/platform/file.h"

namespace tributary {

/// Whether the write-ahead log beside an SQLite file has lost transactions that were durable. SQLite itself takes the
/// log up to the first frame whose checksum is wrong and drops the rest without a word, since after a power cut the
/// last transaction may be half there. Here a wrong frame counts as damage if more than that one transaction follows
/// it. No log, and one that ends in the middle of a transaction, are in order. The database must not be open. Source:
/// https://www.sqlite.org/fileformat2.html, section 4.
bool write_ahead_log_is_damaged(FileSystem& files, const std::filesystem::path& database);

}  // namespace tributary
