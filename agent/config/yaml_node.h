#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/diagnostic.h"

namespace tributary {

/// A YAML document as a plain tree in which every node knows its place. Immutable once parsed; may be shared between
/// threads.
struct YamlNode {
    enum class Kind { null, scalar, sequence, mapping };

    // Defined where the type is complete: Clang 14 cannot make them for a type that holds pairs of itself.
    YamlNode();
    YamlNode(const YamlNode&);
    YamlNode(YamlNode&&) noexcept;
    YamlNode& operator=(const YamlNode&);
    YamlNode& operator=(YamlNode&&) noexcept;
    ~YamlNode();

    Kind kind = Kind::null;
    Location location;            ///< Of the node's first character.
    std::string scalar;           ///< For scalars: the text.
    bool quoted = false;          ///< For scalars: was it written in quotes (then it is text, never a number)?
    std::vector<YamlNode> items;  ///< For sequences.
    std::vector<std::pair<YamlNode, YamlNode>> entries;  ///< For mappings, in the order of the file; keys are scalars.

    bool is_scalar() const noexcept { return kind == Kind::scalar; }
    bool is_sequence() const noexcept { return kind == Kind::sequence; }
    bool is_mapping() const noexcept { return kind == Kind::mapping; }
    bool is_null() const noexcept { return kind == Kind::null; }

    /// The value of a key, or nullptr. The first use of a mapping should be MappingReader, which reports unknown keys.
    const YamlNode* find(std::string_view key) const noexcept;
};

/// Limits that keep a hostile or mistaken file from hurting: size 1 MiB, depth 64, one document.
/// Anchors, aliases, tags, merge keys, duplicate keys and tabs in indentation are errors with their place.
/// Throws ConfigurationError.
YamlNode parse_yaml(std::string_view text, const std::string& file_name);

/// Reads the file (not_found, permission, limit as Error) and parses it. `file_name` in messages is the path as given.
YamlNode parse_yaml_file(const std::string& path);

/// Takes a mapping apart into typed values. Every fault is added to the diagnostics with its place, reading goes on,
/// and finish() reports each key that nothing asked for, with the nearest known one: "unknown key 'shedule'; did you
/// mean 'schedule'?".
class MappingReader {
  public:
    /// `what` names the mapping in messages: "source 'hospital'".
    MappingReader(const YamlNode& node, std::string what, Diagnostics& diagnostics);

    /// The node of a key (nullptr if absent); marks it as known.
    const YamlNode* node(std::string_view key);
    const YamlNode* required_node(std::string_view key);

    std::string required_text(std::string_view key);
    std::string text(std::string_view key, std::string default_value);
    std::optional<std::string> optional_text(std::string_view key);
    std::int64_t integer(std::string_view key, std::int64_t default_value, std::int64_t low, std::int64_t high);
    bool boolean(std::string_view key, bool default_value);
    /// One of the names in `choices`; reports the list and the nearest one otherwise.
    std::string choice(std::string_view key, const std::vector<std::string>& choices, std::string default_value);
    /// A sequence of scalars, or one scalar standing for a list of one.
    std::vector<std::string> texts(std::string_view key);

    void error_at(std::string_view key, std::string message);
    const Location& location() const noexcept { return node_.location; }

    /// Reports unknown keys. Call once, at the end.
    void finish();

  private:
    /// The value if it is a scalar; otherwise reports why not (unless it is absent) and returns nullptr.
    const YamlNode* scalar_of(std::string_view key, const YamlNode* value);

    const YamlNode& node_;
    std::string what_;
    Diagnostics& diagnostics_;
    std::vector<std::string> known_;
    bool broken_ = false;  ///< Not a mapping at all: reported once, instead of every missing key.
};

/// The candidate that is nearest to `word` by edit distance, or nothing if none is near (distance at most 2 and less
/// than half its length).
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tributary
