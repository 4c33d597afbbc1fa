#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/diagnostic.h"

namespace YAML {
struct Mark;
}

namespace tributary {

/// The text of a YAML file as bytes and as lines and columns: what is checked before yaml-cpp sees it, and where the
/// places that yaml-cpp names are. For agent/config alone. `bytes` must outlive it.
class YamlText {
  public:
    YamlText(std::string_view bytes, std::string file_name);

    /// Without a byte order mark.
    std::string_view bytes() const noexcept { return bytes_; }

    /// yaml-cpp counts lines from 0 and columns in bytes; we count from 1 and in characters.
    Location location(const YAML::Mark& mark) const;

    bool stands_at(const YAML::Mark& mark, std::string_view wanted) const noexcept;

    /// Does a quote begin here that is closed nowhere? yaml-cpp closes it silently if the file ends with a line break.
    bool has_open_quote(const YAML::Mark& mark) const noexcept;

    /// NUL, other control characters and bytes that are no UTF-8 are errors: yaml-cpp would replace them silently.
    void check_characters() const;
    /// Tabs before the first character of a line are errors, except in the text of a block scalar (after | or >).
    void check_tabs() const;

    [[noreturn]] void fail(const Location& location, std::string message) const;

  private:
    Location location_at(std::size_t offset) const;

    std::string_view bytes_;
    std::string file_name_;
    std::vector<std::size_t> line_starts_;
    std::vector<std::size_t> continuation_bytes_;  ///< Of characters of several bytes; in order.
};

}  // namespace tributary
