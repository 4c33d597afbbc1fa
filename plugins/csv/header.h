#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tributary::csv {

/// The names of a file's columns, and what an administrator should know of them (columns by number: a file without a
/// header has values where names are expected).
struct Header {
    std::vector<std::string> names;
    std::vector<std::string> warnings;
};

/// The host takes no column whose name holds one.
bool has_control_characters(std::string_view name) noexcept;

/// Names from a header record: an empty one becomes "column_3", a repeated one "name_2"; line breaks and tabs become
/// spaces. Throws BadFile for what cannot be a header: invalid UTF-8, NUL, other control characters, a name of more
/// than 256 bytes, more than 4,096 columns.
Header names_of_header(std::vector<std::string> fields);

/// The names that the configuration gives, held against the file's own: the number must agree, and none of the file's
/// names may be one that the configuration gives to another column. Throws BadFile.
void check_given_names(const std::vector<std::string>& given, const std::vector<std::string>& fields);

}  // namespace tributary::csv
