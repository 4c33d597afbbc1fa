#include "agent/config/yaml_text.h"

#include <yaml-cpp/mark.h>

#include <algorithm>
#include <utility>

#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Does the line end with the header of a block scalar, such as "key: |", "- >-" or "key: |2 # comment"?
bool opens_block_scalar(std::string_view line) {
    const std::size_t comment = line.find(" #");
    if (comment != std::string_view::npos) {
        line = line.substr(0, comment);
    }
    const std::size_t last = line.find_last_not_of(" \t\r");
    line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    for (int indicators = 0; indicators < 2 && !line.empty(); ++indicators) {
        const char c = line.back();
        if (c == '+' || c == '-' || (c >= '1' && c <= '9')) {
            line.remove_suffix(1);
        }
    }
    if (line.empty() || (line.back() != '|' && line.back() != '>')) {
        return false;
    }
    line.remove_suffix(1);
    // After "key:" or "-"; a lone "|" stands for the whole document or, on a line of its own, for the value before.
    return line.empty() || line.back() == ' ' || line.back() == '\t';
}

}  // namespace

YamlText::YamlText(std::string_view bytes, std::string file_name)
    : bytes_(bytes), file_name_(std::move(file_name)), line_starts_{0} {
    if (bytes_.substr(0, byte_order_mark.size()) == byte_order_mark) {
        bytes_.remove_prefix(byte_order_mark.size());
    }
    for (std::size_t offset = 0; offset < bytes_.size(); ++offset) {
        const auto byte = static_cast<unsigned char>(bytes_[offset]);
        if (byte == '\n') {
            line_starts_.push_back(offset + 1);
        } else if ((byte & 0xC0U) == 0x80U) {
            continuation_bytes_.push_back(offset);
        }
    }
}

Location YamlText::location_at(std::size_t offset) const {
    offset = std::min(offset, bytes_.size());
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const std::size_t start = *std::prev(after);
    const auto first = std::lower_bound(continuation_bytes_.begin(), continuation_bytes_.end(), start);
    const auto last = std::lower_bound(first, continuation_bytes_.end(), offset);
    const auto continuing = static_cast<std::size_t>(last - first);
    return {file_name_, static_cast<std::size_t>(after - line_starts_.begin()), offset - start - continuing + 1};
}

Location YamlText::location(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0 || mark.column < 0) {
        return {file_name_, 0, 0};
    }
    const std::size_t line = std::min(static_cast<std::size_t>(mark.line), line_starts_.size() - 1);
    return location_at(line_starts_[line] + static_cast<std::size_t>(mark.column));
}

bool YamlText::stands_at(const YAML::Mark& mark, std::string_view wanted) const noexcept {
    return mark.pos >= 0 && static_cast<std::size_t>(mark.pos) <= bytes_.size() &&
           bytes_.substr(static_cast<std::size_t>(mark.pos), wanted.size()) == wanted;
}

bool YamlText::has_open_quote(const YAML::Mark& mark) const noexcept {
    if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) >= bytes_.size()) {
        return false;
    }
    auto offset = static_cast<std::size_t>(mark.pos);
    const char quote = bytes_[offset];
    if (quote != '\'' && quote != '"') {
        return false;
    }
    for (++offset; offset < bytes_.size(); ++offset) {
        if (quote == '"' && bytes_[offset] == '\\') {
            ++offset;
        } else if (bytes_[offset] == quote) {
            const bool doubled = quote == '\'' && bytes_.substr(offset + 1, 1) == "'";
            if (!doubled) {
                return false;
            }
            ++offset;
        }
    }
    return true;
}

void YamlText::check_characters() const {
    for (std::size_t offset = 0; offset < bytes_.size();) {
        const Utf8Character character = first_utf8_character(bytes_.substr(offset));
        if (!character.valid) {
            fail(location_at(offset), "this is not UTF-8 text; save the file as UTF-8");
        }
        const char32_t code_point = character.code_point;
        if ((code_point < 0x20 && code_point != '\n' && code_point != '\r' && code_point != '\t') ||
            code_point == 0x7F) {
            fail(location_at(offset), "there is a control character here that no text needs; remove it");
        }
        offset += character.size;
    }
}

void YamlText::check_tabs() const {
    std::size_t block_indent = std::string_view::npos;  // of the line that opened the block scalar we are in
    for (std::size_t i = 0; i < line_starts_.size(); ++i) {
        const std::size_t start = line_starts_[i];
        const std::size_t end = i + 1 < line_starts_.size() ? line_starts_[i + 1] - 1 : bytes_.size();
        const std::string_view line = bytes_.substr(start, end - start);
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) {
            continue;
        }
        const std::size_t indent = line.find_first_not_of(' ');
        if (block_indent != std::string_view::npos && indent > block_indent) {
            continue;
        }
        const std::size_t tab = line.substr(0, first).find('\t');
        if (tab != std::string_view::npos) {
            fail(location_at(start + tab), "tabs cannot be used for indentation; use spaces");
        }
        block_indent = opens_block_scalar(line) ? indent : std::string_view::npos;
    }
}

void YamlText::fail(const Location& location, std::string message) const {
    Diagnostics diagnostics;
    diagnostics.error(location, std::move(message));
    throw ConfigurationError(std::move(diagnostics));
}

}  // namespace tributary
