#include "service/agent/table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "agent/platform/utf8.h"

namespace tributary {

namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

/// What steers terminals, and bytes that are no UTF-8 (a damaged file's), as dots; cut at `widest` characters.
std::string printable(std::string_view text, std::size_t widest) {
    std::string result;
    std::size_t characters = 0;
    while (!text.empty()) {
        if (++characters > widest) {
            return result + "…";
        }
        const Utf8Character character = first_utf8_character(text);
        const bool shown = character.valid && !is_control_character(character.code_point);
        result += shown ? text.substr(0, character.size) : std::string_view(".");
        text.remove_prefix(character.size);
    }
    return result;
}

std::string one_decimal(double number) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f", number);
    return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace

Table::Table(std::vector<std::pair<std::string, Align>> columns, std::size_t widest)
    : columns_(std::move(columns)), widest_(widest) {}

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (auto& cell : cells) {
        cell = printable(cell, widest_);
    }
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& output) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t widest = width(columns_[i].first);
        for (const auto& row : rows_) {
            widest = std::max(widest, width(row[i]));
        }
        widths.push_back(widest);
    }
    const auto line = [&](const auto& cell_of) {
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string& cell = cell_of(i);
            const std::string space(widths[i] - width(cell), ' ');
            text += "  ";
            text += columns_[i].second == Align::right ? space + cell : cell + space;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        output << text << '\n';
    };
    line([&](std::size_t i) -> const std::string& { return columns_[i].first; });
    for (const auto& row : rows_) {
        line([&](std::size_t i) -> const std::string& { return row[i]; });
    }
}

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

std::string as_size(std::uint64_t bytes) {
    if (bytes < 1024) {
        return std::to_string(bytes) + " B";
    }
    static constexpr std::array<const char*, 4> units = {"KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes) / 1024.0;
    std::size_t unit = 0;
    while (value >= 1024.0 && unit + 1 < units.size()) {
        value /= 1024.0;
        ++unit;
    }
    return one_decimal(value) + " " + units[unit];
}

std::string as_share(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return "-";
    }
    return one_decimal(100.0 * static_cast<double>(part) / static_cast<double>(whole)) + " %";
}

}  // namespace tributary
