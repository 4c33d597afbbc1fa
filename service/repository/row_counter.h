#pragma once

#include <cstdint>
#include <string_view>

namespace tributary {

/// Counts the rows of a chunk as its bytes pass by. NDJSON: one a line. CSV (RFC 4180): one a record, line ends within
/// quotes not counted, the header not either.
class RowCounter {
  public:
    explicit RowCounter(bool csv) : csv_(csv) {}
    void add(std::string_view bytes) noexcept;
    std::uint64_t rows() const noexcept { return csv_ && lines_ > 0 ? lines_ - 1 : lines_; }
    /// The last row had its line end.
    bool ends_whole() const noexcept { return !quoted_ && (!any_ || last_ == '\n'); }

  private:
    bool csv_;
    bool quoted_ = false;
    bool any_ = false;
    char last_ = '\0';
    std::uint64_t lines_ = 0;
};

}  // namespace tributary
