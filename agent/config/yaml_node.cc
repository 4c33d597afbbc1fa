#include "agent/config/yaml_node.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <string_view>
#include <utility>

#include "agent/config/yaml_builder.h"
#include "agent/config/yaml_text.h"
#include "agent/platform/file.h"

namespace tributary {
namespace {

constexpr std::size_t largest_text = std::size_t{1} << 20U;  // bytes

/// Gets the documents after the first: there must be none.
class NoFurtherDocument final : public YamlEvents {
  public:
    explicit NoFurtherDocument(const YamlText& text) : text_(text) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        const Location location = text_.location(mark);
        if (text_.stands_at(mark, "---")) {
            text_.fail(location, "a second document begins here; a file may hold only one");
        }
        // yaml-cpp ends a document where it cannot go on, and takes the rest for another.
        text_.fail(location,
                   "this does not belong to what stands before it; check the indentation, brackets and "
                   "quotes here and above");
    }

  private:
    const YamlText& text_;
};

/// What yaml-cpp says (its exceptions.h), and the same for someone who does not know YAML's grammar.
constexpr std::pair<std::string_view, std::string_view> plain_words[] = {
    {"illegal map value", "a colon cannot stand here; put text that contains ': ' in quotes, or check the indentation"},
    {"end of map not found",
     "the mapping does not go on as it began; check the indentation and quotes here, and for a missing ':'"},
    {"end of sequence not found",
     "the list does not go on as it began; check the indentation and quotes here, and for a missing '- '"},
    {"end of map flow not found", "a '{' is not closed with '}' before this place, or a comma is missing"},
    {"end of sequence flow not found", "a '[' is not closed with ']' before this place, or a comma is missing"},
    {"illegal block entry", "a list item ('- ') cannot begin here; put it on a line of its own"},
    {"illegal EOF in scalar", "a quote is opened and never closed"},
    {"unknown token", "this character cannot begin a value; put the text in quotes"},
    {"alias not found after *", "put text that begins with '*' in quotes"},
    {"the referenced anchor is not defined", "put text that begins with '*' in quotes; aliases are not allowed"},
    {"anchor not found after &", "put text that begins with '&' in quotes"},
};

std::string in_plain_words(const std::string& message) {
    for (const auto& [words, plain] : plain_words) {
        if (message == words) {
            return std::string(plain);
        }
    }
    if (message.starts_with("unknown escape character")) {
        return "this backslash does not begin an escape sequence; write \\\\, or put the text in single quotes";
    }
    return message;
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
    for (const auto& [name, value] : entries) {
        if (name.scalar == key) {
            return &value;
        }
    }
    return nullptr;
}

YamlNode parse_yaml(std::string_view text, const std::string& file_name) {
    if (text.size() > largest_text) {
        Diagnostics diagnostics;
        diagnostics.error({file_name, 0, 0}, "the file is larger than 1 MiB, which no configuration needs");
        throw ConfigurationError(std::move(diagnostics));
    }
    const YamlText source(text, file_name);
    source.check_characters();
    source.check_tabs();
    try {
        std::istringstream stream{std::string(source.bytes())};
        YAML::Parser parser(stream);
        YamlBuilder builder(source);
        if (!parser.HandleNextDocument(builder)) {
            YamlNode nothing;
            nothing.location = {file_name, 1, 1};
            return nothing;
        }
        NoFurtherDocument rest(source);
        parser.HandleNextDocument(rest);
        return builder.finish();
    } catch (const YAML::Exception& exception) {
        source.fail(source.location(exception.mark), in_plain_words(exception.msg));
    }
}

YamlNode parse_yaml_file(const std::string& path) {
    return parse_yaml(read_file(system_files(), path, largest_text), path);
}

}  // namespace tributary
