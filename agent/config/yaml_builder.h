#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/yaml_node.h"
#include "agent/config/yaml_text.h"

namespace tributary {

/// yaml-cpp's events, ignored. For agent/config alone.
class YamlEvents : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

/// Makes a tree of yaml-cpp's events. Aliases are never followed, so a file makes no more nodes than it has
/// characters. Faults that do not hide what follows are collected; depth and number of nodes end the parse.
class YamlBuilder final : public YamlEvents {
  public:
    explicit YamlBuilder(const YamlText& text) : text_(text) {}

    /// Throws ConfigurationError with all faults, or gives the tree away.
    YamlNode finish();

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override;
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override;

  private:
    /// A sequence or mapping that has begun and not ended.
    struct Open {
        YamlNode node;
        std::optional<YamlNode> key;              ///< For mappings: read, its value not yet.
        std::map<std::string, std::size_t> keys;  ///< For mappings: key and the line where it first stood.
    };

    YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind);
    void check_properties(const Location& location, const std::string& tag, YAML::anchor_t anchor);
    void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind);
    void end();
    void add(YamlNode node);
    void add_key(YamlNode key, Open& mapping);
    bool expects_key() const noexcept;
    void fault(const Location& location, std::string message);

    const YamlText& text_;
    YamlNode root_;
    std::vector<Open> open_;
    std::size_t nodes_ = 0;
    Diagnostics faults_;
};

}  // namespace tributary
