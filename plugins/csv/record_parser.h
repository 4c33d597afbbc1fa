#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/csv/dialect.h"
#include "plugins/csv/scan.h"
#include "plugins/sdk/arrow_builder.h"

namespace tributary::csv {

/// One record at a time from UTF-8 text. RFC 4180 and what else there is in the world:
/// - A line ends with LF, CR or CRLF; the last one may lack it.
/// - A quote that does not open a value is an ordinary character (5" pipe).
/// - Empty lines are passed over, except in a file of one column, where they are rows with an empty value.
/// - A record that cannot be read costs the line on which it began: reading goes on at the next line. So a quote that
/// is
///   never closed costs one line, not the rest of the file.
/// What comes out does not depend on how the text is cut into buffers. One thread at a time.
class RecordParser {
  public:
    enum class Outcome : std::uint8_t {
        record,    ///< a row was put into the builder (finished), or the fields are in the list
        rejected,  ///< `fault` says why; the builder is as before
        nothing,   ///< something was passed over (an empty line, the rest of a bad line)
        more       ///< the record is not complete; call again with more text, from the same place
    };
    struct Result {
        Outcome outcome = Outcome::more;
        std::size_t consumed = 0;  ///< bytes from the beginning that are done with
        RowFault fault = RowFault::ragged_row;
        std::size_t fields = 0;  ///< found in the record; for ragged_row
    };

    /// `validate`: the text may be invalid UTF-8.
    RecordParser(const Dialect& dialect, std::size_t max_record_bytes, bool validate);

    /// Reads one record from `text`, behind which scan_padding bytes are readable, the first of them NUL. `final`:
    /// nothing follows. With `final` the outcome is never `more`, except at the end of the text. Once `text` is longer
    /// than longest_wait() the outcome is not `more` either, unless a bad line is being passed over.
    Result row(std::string_view text, bool final, sdk::Utf8BatchBuilder& builder);
    /// The same for a record of any number of fields: a header.
    Result list(std::string_view text, bool final, std::vector<std::string>& fields);

    /// Whether a line that was rejected is still being passed over: between that and the next record is no place to go
    /// on at later.
    bool passing_over() const noexcept { return passing_over_; }

    /// How much text decides any record: the longest record and what may have to be looked at behind it.
    std::size_t longest_wait() const noexcept { return max_record_bytes_ + 8; }

  private:
    struct Cursor;
    enum class FieldEnd : std::uint8_t { delimiter, line, more, fault };

    template <typename Sink>
    Result next(std::string_view text, bool final, Sink& sink);
    template <typename Sink>
    FieldEnd fields(Cursor& cursor, Sink& sink);
    template <typename Sink>
    Result conclude(const Cursor& cursor, std::string_view record, Sink& sink) const;
    template <typename Sink>
    FieldEnd plain_field(Cursor& cursor, Sink& sink);
    template <typename Sink>
    FieldEnd quoted_field(Cursor& cursor, Sink& sink);
    FieldEnd behind_quote(Cursor& cursor) const noexcept;
    FieldEnd field_end(Cursor& cursor, const char* at) const noexcept;
    /// Bytes that a backslash at `at` and what it escapes take: 1 if it stands for itself, 0 if more text is needed.
    std::size_t escape_length(const Cursor& cursor, const char* at) const noexcept;
    template <typename Sink>
    void put(Sink& sink, const char* value, const char* end, bool quoted, bool escaped);
    void unescape(std::string_view value, bool quoted);
    Result give_up(RowFault fault) noexcept;
    Result pass_over_line(std::string_view text, bool final) noexcept;
    Result too_long(std::string_view text) noexcept;
    bool hides_records(std::string_view record, std::size_t columns) const noexcept;
    bool is_blank(char byte) const noexcept { return (byte == ' ' || byte == '\t') && byte != delimiter_byte_; }

    struct RowSink;
    struct ListSink;

    std::string delimiter_;
    char delimiter_byte_;  // its first
    bool simple_;          // nothing but the delimiter's one byte has to be looked at where a plain value ends
    char quote_;
    char escape_;  // the backslash, or 0
    Scan::Stops value_stops_;
    Scan::Stops quoted_stops_;
    bool trim_;
    bool pad_;
    bool validate_;
    bool guard_lines_;
    std::size_t max_record_bytes_;
    std::vector<std::string> null_values_;  // but the empty one
    bool empty_is_null_ = false;
    bool passing_over_ = false;  // up to the end of the line
    std::string scratch_;        // an unescaped value
};

}  // namespace tributary::csv
