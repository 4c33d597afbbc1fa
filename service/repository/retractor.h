#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/retraction_list.h"
#include "service/repository/store.h"

namespace tributary {

/// Removes the rows of retracted people from what has landed, and from what lands late. A retraction concerns the
/// chunks of its stream that stand before it, whenever they come; rows behind it may be of people who opted in again.
/// Rows of a linked stream (Manifest::linked) go with the rows that they belong to, by the row key. Files are replaced
/// as a whole, and a sealed chunk that held removed rows goes too. May be repeated after a crash at any point. One
/// thread.
class Retractor {
  public:
    Retractor(Ledger& ledger, Store& store, FileSystem& files, std::filesystem::path landing, Log& log)
        : ledger_(ledger), store_(store), files_(files), landing_(std::move(landing)), log_(log) {}

    /// Applies the retractions behind the chunk to the rows in `file`, which have not their name yet.
    LandedFile filter(const LedgerChunk& chunk, const Manifest& manifest, const std::filesystem::path& file);
    /// Removes the people of a retraction, whose rows are in `file`, from all before it. How many rows went.
    std::uint64_t apply(const LedgerChunk& retraction, const Manifest& manifest, const std::filesystem::path& file);
    /// After ledger.landed(): what a removal leaves to do.
    void tidy(const LedgerChunk& chunk, const LandedFile& landed);

  private:
    struct Filtered {
        std::string before;  ///< SHA-256 of what was read
        std::string after;   ///< SHA-256 of what is left
        std::uint64_t removed = 0;
        std::uint64_t rows = 0;             ///< left
        std::vector<std::string> row_keys;  ///< of removed rows, if the stream is linked to another
    };
    RetractionList read(const Manifest& manifest, const std::filesystem::path& file);
    Filtered copy(const std::filesystem::path& from, const std::filesystem::path& to, const Manifest& manifest,
                  std::vector<RetractedColumn> columns);
    bool stands_in(const std::filesystem::path& file, bool csv, const std::vector<RetractedColumn>& columns);
    void filter(const Manifest& manifest, const std::filesystem::path& file, std::vector<RetractedColumn> columns,
                LandedFile& landed);
    std::uint64_t remove_from(const LedgerChunk& chunk, const Manifest& manifest, std::vector<RetractedColumn> columns);
    std::uint64_t remove_linked(const std::string& site, const std::string& stream);
    void read_pieces(const std::filesystem::path& file, const std::function<void(std::string_view)>& take);

    Ledger& ledger_;
    Store& store_;
    FileSystem& files_;
    std::filesystem::path landing_;
    Log& log_;
};

}  // namespace tributary
