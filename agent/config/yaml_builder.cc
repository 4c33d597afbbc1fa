#include "agent/config/yaml_builder.h"

#include <utility>

#include "agent/config/quoted_text.h"

namespace tributary {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_nodes = 100'000;  // some 20 MB of memory; the largest policies have a few thousand
constexpr std::size_t most_faults = 50;      // more are of no help to whoever reads them

}  // namespace

YamlNode YamlBuilder::finish() {
    faults_.throw_if_errors();
    return std::move(root_);
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode node = make(mark, YamlNode::Kind::null);
    check_properties(node.location, "?", anchor);
    add(std::move(node));
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
    YamlNode node = make(mark, YamlNode::Kind::null);
    fault(node.location,
          "aliases (*name) are not allowed; write the value itself, or put text that begins with '*' in quotes");
    if (expects_key()) {
        node.kind = YamlNode::Kind::scalar;  // one fault is enough
    }
    add(std::move(node));
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
    YamlNode node = make(mark, YamlNode::Kind::scalar);
    // Without this, a file that was cut off in the middle could be taken for a whole one.
    if (text_.has_open_quote(mark)) {
        text_.fail(node.location, "a quote is opened here and never closed");
    }
    node.quoted = tag == "!";
    check_properties(node.location, node.quoted ? "?" : tag, anchor);
    node.scalar = value;
    add(std::move(node));
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
    begin(mark, tag, anchor, YamlNode::Kind::sequence);
}

void YamlBuilder::OnSequenceEnd() {
    end();
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
    begin(mark, tag, anchor, YamlNode::Kind::mapping);
}

void YamlBuilder::OnMapEnd() {
    end();
}

YamlNode YamlBuilder::make(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.location = text_.location(mark);
    if (++nodes_ > most_nodes) {
        text_.fail(node.location, "there are more than " + std::to_string(most_nodes) + " values in this file");
    }
    return node;
}

void YamlBuilder::check_properties(const Location& location, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
        fault(location,
              "anchors (&name) are not allowed; write the value out, or put text that begins with '&' in quotes");
    }
    if (!tag.empty() && tag != "?") {
        fault(location, "tags (!name) are not allowed; leave the tag out, or put text that begins with '!' in quotes");
    }
}

void YamlBuilder::begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    YamlNode node = make(mark, kind);
    // Also what bounds yaml-cpp's recursion: it calls here before it goes down a level.
    if (open_.size() == deepest) {
        text_.fail(node.location, "lists and mappings are nested more than " + std::to_string(deepest) + " deep");
    }
    check_properties(node.location, tag, anchor);
    if (expects_key()) {
        text_.fail(node.location,
                   "a key must be plain text, not a list or mapping; put text that begins with "
                   "'[' or '{' in quotes");
    }
    open_.push_back({std::move(node), std::nullopt, {}});
}

void YamlBuilder::end() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
}

void YamlBuilder::add(YamlNode node) {
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
        parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
        add_key(std::move(node), parent);
    } else {
        parent.node.entries.emplace_back(std::move(*parent.key), std::move(node));
        parent.key.reset();
    }
}

void YamlBuilder::add_key(YamlNode key, Open& mapping) {
    if (!key.is_scalar()) {
        fault(key.location, "a key is missing before the ':'");
    } else if (key.scalar == "<<" && !key.quoted) {
        fault(key.location, "merge keys (<<) are not allowed; write the keys out");
    } else {
        const auto [first, is_new] = mapping.keys.try_emplace(key.scalar, key.location.line);
        if (!is_new) {
            fault(key.location, "the key " + quoted_text(key.scalar) +
                                    " stands here a second time; the first is on line " +
                                    std::to_string(first->second));
        }
    }
    mapping.key = std::move(key);
}

bool YamlBuilder::expects_key() const noexcept {
    return !open_.empty() && open_.back().node.is_mapping() && !open_.back().key;
}

void YamlBuilder::fault(const Location& location, std::string message) {
    faults_.error(location, std::move(message));
    if (faults_.error_count() >= most_faults) {
        faults_.throw_if_errors();
    }
}

}  // namespace tributary
