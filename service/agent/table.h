#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace tributary {

/// Rows of text with aligned columns, for people. Control characters are shown as '.', a cell is cut at `widest`
/// characters.
class Table {
  public:
    enum class Align { left, right };

    explicit Table(std::vector<std::pair<std::string, Align>> columns, std::size_t widest = 60);
    void add(std::vector<std::string> cells);
    bool empty() const noexcept { return rows_.empty(); }
    void print(std::ostream& output) const;

  private:
    std::vector<std::pair<std::string, Align>> columns_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t widest_;
};

/// 1,234,567
std::string with_commas(std::uint64_t number);
/// 1.5 MiB
std::string as_size(std::uint64_t bytes);
/// 98.7 %, or "-" of nothing
std::string as_share(std::uint64_t part, std::uint64_t whole);

}  // namespace tributary
