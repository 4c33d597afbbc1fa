#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tributary {

/// Pseudonyms of people whose rows are to be removed.
using Pseudonyms = std::unordered_set<std::string>;

/// The columns of a chunk in which retracted people may stand, and who they are there.
struct RetractedColumn {
    std::string name;
    const Pseudonyms* people = nullptr;
};

/// Passes on the rows of a chunk, less those of retracted people. Rows are as the agent's encoders write them: NDJSON,
/// one object a line with texts as members of their own; CSV (RFC 4180) with a header line, which passes. One thread.
class RowFilter {
  public:
    /// `write` takes what passes, whole rows, in pieces.
    RowFilter(bool csv, std::vector<RetractedColumn> columns, std::function<void(std::string_view)> write);

    /// `take` is given what removed rows have in a column, whenever it is a text. To be called before add().
    void tell_removed(std::string column, std::function<void(std::string)> take);
    /// The bytes as they come. Throws Error(limit) for a row beyond 64 MiB.
    void add(std::string_view bytes);
    /// Passes on what stands behind the last line end, if anything.
    void finish();
    std::uint64_t removed() const noexcept { return removed_; }

  private:
    struct Place {
        std::string name;
        std::string key;        // in NDJSON: "name":" as it stands; empty if it has escapes
        std::size_t field = 0;  // in CSV; beyond all if a file lacks it
    };
    static Place place_of(std::string name);
    void take(std::string_view row);
    void read_header(std::string_view header);
    bool is_retracted(std::string_view row) const;
    std::string text_of(std::string_view row, const Place& place) const;

    bool csv_;
    std::vector<Place> places_;
    std::vector<const Pseudonyms*> people_;  // of places_, one by one
    Place told_;
    std::function<void(std::string)> tell_;
    std::function<void(std::string_view)> write_;
    std::string row_;      // begun
    bool quoted_ = false;  // within quotes at the end of row_ (CSV)
    bool header_read_ = false;
    std::uint64_t removed_ = 0;
};

}  // namespace tributary
