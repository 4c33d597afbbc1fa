#include "plugins/csv/header.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "agent/platform/utf8.h"
#include "plugins/csv/text_input.h"

namespace tributary::csv {

namespace {

constexpr std::size_t most_columns = 4096;
constexpr std::size_t longest_name = 256;

std::string column_number(std::size_t index) {
    return "column " + std::to_string(index + 1);
}

void trim(std::string& name) {
    const auto first = name.find_first_not_of(" \t");
    if (first == std::string::npos) {
        name.clear();
        return;
    }
    name.erase(name.find_last_not_of(" \t") + 1);
    name.erase(0, first);
}

void check_name(std::string_view name, std::size_t index) {
    if (name.find('\0') != std::string_view::npos) {
        throw BadFile("it holds NUL bytes; is this a CSV file? UTF-16 needs encoding: utf-16");
    }
    if (find_invalid_utf8(name) != std::string_view::npos) {
        throw BadFile("the header of " + column_number(index) +
                      " is not valid in the file's encoding; set encoding: windows-1252 if the file is in that one");
    }
    if (name.size() > longest_name) {
        throw BadFile("the header of " + column_number(index) + " has more than " + std::to_string(longest_name) +
                      " bytes; is the delimiter right, and does the file have a header?");
    }
    if (has_control_characters(name)) {
        throw BadFile("the header of " + column_number(index) + " holds control characters; is this a CSV file?");
    }
}

/// Headers over several lines are common in exported spreadsheets; a name is one line.
bool flatten(std::string& name) {
    const auto is_break = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
    const bool found = std::any_of(name.begin(), name.end(), is_break);
    std::replace_if(name.begin(), name.end(), is_break, ' ');
    return found;
}

}  // namespace

bool has_control_characters(std::string_view name) noexcept {
    while (!name.empty()) {
        const auto character = first_utf8_character(name);
        if (character.valid && is_control_character(character.code_point)) {
            return true;
        }
        name.remove_prefix(character.size);
    }
    return false;
}

Header names_of_header(std::vector<std::string> fields) {
    if (fields.size() > most_columns) {
        throw BadFile("it has " + std::to_string(fields.size()) + " columns; " + std::to_string(most_columns) +
                      " are the most");
    }
    Header header;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (flatten(fields[i])) {
            header.warnings.push_back(column_number(i) +
                                      " has line breaks or tabs in its name; they are read as spaces");
        }
        trim(fields[i]);
        check_name(fields[i], i);
        taken.insert(fields[i]);
    }
    std::set<std::string> used;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::string name = fields[i];
        const std::string base = name.empty() ? "column" : name;
        // An empty name is numbered by its place; a repeated one from 2. Never a name that stands elsewhere in the
        // file.
        std::size_t number = name.empty() ? i + 1 : 2;
        if (name.empty() || used.count(name) > 0) {
            do {
                name = base + "_" + std::to_string(number++);
            } while (taken.count(name) > 0 || used.count(name) > 0);
            header.warnings.push_back(column_number(i) + (fields[i].empty()
                                                              ? " has no name; it is called by its number"
                                                              : " repeats the name of a column before it; a number is "
                                                                "added to the name"));
        }
        used.insert(name);
        header.names.push_back(std::move(name));
    }
    return header;
}

void check_given_names(const std::vector<std::string>& given, const std::vector<std::string>& fields) {
    if (fields.size() != given.size()) {
        throw BadFile("its header has " + std::to_string(fields.size()) + " columns, and 'columns' names " +
                      std::to_string(given.size()));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto place = std::find(given.begin(), given.end(), fields[i]);
        if (place != given.end() && given[i] != fields[i]) {
            throw BadFile("its header has in " + column_number(i) + " what 'columns' names as " +
                          column_number(static_cast<std::size_t>(place - given.begin())) +
                          "; correct 'columns', or leave it out to take the names of the header");
        }
    }
}

}  // namespace tributary::csv
