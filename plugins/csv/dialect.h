#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::csv {

enum class Encoding : std::uint8_t { utf8 = 1, windows_1252, iso_8859_1, utf16, utf16_le, utf16_be };

/// How the records of a stream are written.
struct Dialect {
    std::string delimiter = ",";  ///< one character, UTF-8
    char quote = '"';             ///< 0: there is none
    /// A backslash takes away the meaning of the delimiter, the quote, a line end or a backslash behind it; before
    /// anything else it stands for itself. A doubled quote is one quote in either case.
    bool backslash = false;
    bool trim = false;   ///< spaces and tabs around values do not belong to them
    bool pad = false;    ///< rows with too few fields are filled with nulls; too many are a fault all the same
    bool header = true;  ///< the first record holds names
    /// A record over several lines is left out if its first line and a further one look like whole records, by their
    /// delimiters: most likely these are records that a stray quote has joined.
    bool guard_lines = true;
    Encoding encoding = Encoding::utf8;
    std::vector<std::string> columns;             ///< names given; empty: those of the header
    std::vector<std::string> null_values = {""};  ///< values without quotes that are null
};

/// Why a record was left out. Its name is what the host counts by.
enum class RowFault : std::uint8_t {
    ragged_row,        ///< more or fewer fields than columns
    bad_quote,         ///< something other than a delimiter behind a closing quote
    unclosed_quote,    ///< no closing quote up to the end of the file or the size limit, or not before other records
    invalid_encoding,  ///< bytes that are no text in the file's encoding
    record_too_long,   ///< longer than max_record_bytes
    nul_byte           ///< a NUL byte
};
constexpr std::size_t row_fault_count = 6;

constexpr std::string_view to_string(RowFault fault) noexcept {
    constexpr std::string_view names[row_fault_count] = {"ragged_row",       "bad_quote",       "unclosed_quote",
                                                         "invalid_encoding", "record_too_long", "nul_byte"};
    return names[static_cast<std::size_t>(fault)];
}

}  // namespace tributary::csv
