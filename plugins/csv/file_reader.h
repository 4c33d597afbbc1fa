#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "agent/platform/file.h"
#include "plugins/csv/content_digest.h"
#include "plugins/csv/options.h"
#include "plugins/csv/table_reader.h"

namespace tributary::csv {

/// One file on its way: first its content's digest (and, for gzip, whether it unpacks to its end), then its records.
/// Steps are short, so that the caller can look at the clock and the stop flag in between. One thread.
class FileReader {
  public:
    enum class Change { none, changed, vanished };

    /// Throws Error.
    FileReader(FileSystem& files, std::filesystem::path path, const FileStamp& stamp, const StreamOptions& stream,
               const ReadLimits& limits);

    /// What became of the file since it had that stamp: of the open file and of what now has its name.
    Change change() const;

    /// Goes on with digest and check; true when both are known. Throws Error, BadFile.
    bool examine();
    const Digest& digest() const noexcept { return digest_; }

    /// After examine(): goes on towards the first record; true when the table's names are known. Throws Error, BadFile.
    bool read_header();
    TableReader& table() noexcept { return *table_; }

  private:
    bool hash_some();
    bool unpack_some();

    FileSystem& files_;
    std::filesystem::path path_;
    FileStamp stamp_;
    const StreamOptions& stream_;
    const ReadLimits& limits_;
    std::unique_ptr<ReadableFile> file_;
    std::vector<char> buffer_;
    ContentDigest hash_;
    Digest digest_;
    std::unique_ptr<ByteInput> unpacking_;
    std::unique_ptr<TableReader> table_;
};

}  // namespace tributary::csv
