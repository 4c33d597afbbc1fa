#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/outbox/manifest.h"
#include "service/repository/row_filter.h"

namespace tributary {

/// The people of one retraction, by how their pseudonyms came about: a stream may have had its columns under other
/// names before.
class RetractionList {
  public:
    explicit RetractionList(const Manifest& manifest);

    /// The chunk's rows as they come.
    void add(std::string_view bytes);
    /// Throws Error(corrupt) if the rows end in the middle of one.
    void finish() const;

    /// Where in the rows of another chunk they may stand. Valid as long as this is.
    std::vector<RetractedColumn> columns_in(const Manifest& manifest) const;

  private:
    void take(std::string_view row);

    bool csv_;
    bool header_read_ = false;
    std::vector<std::string> names_;    // of columns with pseudonyms, in the schema's order
    std::vector<std::string> origins_;  // of each of names_
    std::vector<std::size_t> places_;   // likewise, in the schema
    std::map<std::string, Pseudonyms> people_;
    std::string row_;  // begun
};

}  // namespace tributary
