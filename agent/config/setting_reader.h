#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/yaml_node.h"

namespace tributary {

/// A MappingReader that also knows the kinds of value that tributary.yaml has. For agent/config. Faults go to the
/// diagnostics; what is returned then is the default, or empty.
class SettingReader : public MappingReader {
  public:
    /// Relative paths are taken from `folder`. The node and the diagnostics must outlive it.
    SettingReader(const YamlNode& node, std::string what, const std::filesystem::path& folder, Diagnostics& diagnostics)
        : MappingReader(node, what, diagnostics), what_(std::move(what)), folder_(folder) {}

    /// Text that YAML reads as text, not empty: an ODS code 8E432 is the number 8e432 unless it stands in quotes.
    std::optional<std::string> text_setting(std::string_view key);
    std::string required_text_setting(std::string_view key);

    std::filesystem::path path(std::string_view key, std::string_view default_value);
    std::filesystem::path required_path(std::string_view key);
    /// A list of paths, or one path for a list of one; each once.
    std::vector<std::filesystem::path> paths(std::string_view key);

    /// "90s", from `low` to `high`.
    std::chrono::seconds duration(std::string_view key, std::chrono::seconds default_value, std::chrono::seconds low,
                                  std::chrono::seconds high);
    struct SizeBounds {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::string_view words;  ///< "64 KiB to 1 GiB, such as 10 MiB"
    };
    /// "10 MiB" in bytes.
    std::uint64_t size(std::string_view key, std::uint64_t default_value, const SizeBounds& bounds);

    /// "20 Mbit/s" in bits a second, from 100 kbit/s to 99 Gbit/s; nothing if it is left out.
    std::optional<std::uint64_t> bandwidth(std::string_view key);

    /// An optional part of its own: the key's node, or an empty mapping at this mapping's place.
    const YamlNode& part(std::string_view key);

    const std::string& what() const noexcept { return what_; }

  private:
    std::filesystem::path resolved(std::string_view key, const std::string& text);

    std::string what_;
    const std::filesystem::path& folder_;
    YamlNode absent_;
};

/// Lower-case letters, digits and _; begins with a letter; at most 63. What sources, streams and plugins are called.
bool is_name(std::string_view text) noexcept;

}  // namespace tributary
