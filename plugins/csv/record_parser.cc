#include "plugins/csv/record_parser.h"

#include <algorithm>
#include <cstring>

#include "agent/platform/utf8.h"

namespace tributary::csv {

static_assert(scan_padding >= sdk::Utf8BatchBuilder::padding);

/// Where one call stands in its record.
struct RecordParser::Cursor {
    const char* at = nullptr;   // the next field
    const char* end = nullptr;  // of the text
    bool final = false;
    bool nul = false;    // one was seen
    bool lines = false;  // a value has line ends in it
    RowFault fault = RowFault::bad_quote;
    const char* line_end = nullptr;  // of the record, without CR or LF; set with FieldEnd::line
    Scan scan;
};

struct RecordParser::RowSink {
    sdk::Utf8BatchBuilder& builder;
    const RecordParser& parser;
    std::size_t columns;
    std::size_t fields = 0;

    bool is_null(const char* value, std::size_t size) const noexcept {
        if (size == 0) {
            return parser.empty_is_null_;
        }
        return !parser.null_values_.empty() &&
               std::any_of(parser.null_values_.begin(), parser.null_values_.end(),
                           [&](const std::string& null) { return null == std::string_view(value, size); });
    }
    void value(const char* at, std::size_t size, bool quoted) {
        if (fields < columns) {
            if (!quoted && is_null(at, size)) {
                builder.put_null(fields);
            } else {
                builder.put_padded(fields, at, size);
            }
        }
        ++fields;
    }
    /// A record of one field that is empty: an empty line.
    bool passes_over_empty_line() const noexcept { return columns > 1; }
    std::size_t expected() const noexcept { return columns; }
    bool finish(bool pad) {
        if (fields < columns && pad) {
            for (std::size_t i = fields; i < columns; ++i) {
                builder.put_null(i);
            }
        } else if (fields != columns) {
            return false;
        }
        builder.finish_row();
        return true;
    }
    void drop() noexcept { builder.drop_row(std::min(fields, columns)); }
};

struct RecordParser::ListSink {
    std::vector<std::string>& list;
    std::size_t fields = 0;

    void value(const char* at, std::size_t size, bool) {
        list.emplace_back(at, size);
        ++fields;
    }
    static bool passes_over_empty_line() noexcept { return true; }
    static std::size_t expected() noexcept { return 0; }
    static bool finish(bool) noexcept { return true; }
    void drop() noexcept { list.clear(); }
};

RecordParser::RecordParser(const Dialect& dialect, std::size_t max_record_bytes, bool validate)
    : delimiter_(dialect.delimiter),
      delimiter_byte_(delimiter_.at(0)),
      simple_(delimiter_.size() == 1 && !dialect.backslash && !dialect.trim),
      quote_(dialect.quote),
      escape_(dialect.backslash ? '\\' : '\0'),
      value_stops_(Scan::stops(delimiter_byte_, dialect.backslash ? escape_ : delimiter_byte_)),
      quoted_stops_(Scan::stops(quote_, dialect.backslash ? escape_ : quote_)),
      trim_(dialect.trim),
      pad_(dialect.pad),
      validate_(validate),
      guard_lines_(dialect.guard_lines),
      max_record_bytes_(max_record_bytes) {
    for (const auto& value : dialect.null_values) {
        if (value.empty()) {
            empty_is_null_ = true;
        } else {
            null_values_.push_back(value);
        }
    }
}

RecordParser::Result RecordParser::row(std::string_view text, bool final, sdk::Utf8BatchBuilder& builder) {
    RowSink sink{builder, *this, builder.columns()};
    return next(text, final, sink);
}

RecordParser::Result RecordParser::list(std::string_view text, bool final, std::vector<std::string>& fields) {
    fields.clear();
    ListSink sink{fields};
    return next(text, final, sink);
}

template <typename Sink>
RecordParser::FieldEnd RecordParser::fields(Cursor& cursor, Sink& sink) {
    FieldEnd end = FieldEnd::delimiter;
    while (end == FieldEnd::delimiter) {
        if (trim_) {
            while (is_blank(*cursor.at)) {
                ++cursor.at;
            }
        }
        end = quote_ != '\0' && *cursor.at == quote_ && cursor.at < cursor.end ? quoted_field(cursor, sink)
                                                                               : plain_field(cursor, sink);
    }
    return end;
}

template <typename Sink>
RecordParser::Result RecordParser::next(std::string_view text, bool final, Sink& sink) {
    if (passing_over_) {
        return pass_over_line(text, final);
    }
    if (text.empty()) {
        return {};
    }
    Cursor cursor;
    cursor.at = text.data();
    cursor.end = text.data() + text.size();
    cursor.final = final;
    const FieldEnd end = fields(cursor, sink);
    // How much of the record is known: all of it, or up to where something is wrong or missing.
    const char* const known = end == FieldEnd::line ? cursor.line_end : end == FieldEnd::more ? cursor.end : cursor.at;
    const auto length = static_cast<std::size_t>(known - text.data());
    if (length > (end == FieldEnd::more ? longest_wait() : max_record_bytes_)) {
        sink.drop();
        return too_long(text);
    }
    if (end == FieldEnd::more) {
        sink.drop();
        return {};
    }
    if (end == FieldEnd::fault) {
        sink.drop();
        return give_up(cursor.fault);
    }
    if (cursor.lines && guard_lines_ && hides_records(text.substr(0, length), sink.expected())) {
        sink.drop();
        return give_up(RowFault::unclosed_quote);
    }
    return conclude(cursor, text.substr(0, length), sink);
}

template <typename Sink>
RecordParser::Result RecordParser::conclude(const Cursor& cursor, std::string_view record, Sink& sink) const {
    Result result{Outcome::record, static_cast<std::size_t>(cursor.at - record.data()), RowFault::ragged_row,
                  sink.fields};
    const auto drop = [&](Outcome outcome, RowFault fault) {
        sink.drop();
        result.outcome = outcome;
        result.fault = fault;
        return result;
    };
    if (cursor.nul) {
        return drop(Outcome::rejected, RowFault::nul_byte);
    }
    if (validate_ && cursor.scan.seen_non_ascii() && find_invalid_utf8(record) != std::string_view::npos) {
        return drop(Outcome::rejected, RowFault::invalid_encoding);
    }
    if (sink.fields == 1 && sink.passes_over_empty_line() &&
        std::all_of(record.begin(), record.end(), [this](char byte) { return trim_ && is_blank(byte); })) {
        return drop(Outcome::nothing, RowFault::ragged_row);
    }
    return sink.finish(pad_) ? result : drop(Outcome::rejected, RowFault::ragged_row);
}

RecordParser::FieldEnd RecordParser::field_end(Cursor& cursor, const char* at) const noexcept {
    if (at >= cursor.end) {
        cursor.line_end = cursor.at = cursor.end;
        return cursor.final ? FieldEnd::line : FieldEnd::more;
    }
    const auto left = static_cast<std::size_t>(cursor.end - at);
    if (*at == delimiter_byte_) {
        const std::size_t size = delimiter_.size();
        if (size == 1) {
            cursor.at = at + 1;
            return FieldEnd::delimiter;
        }
        if (left < size && !cursor.final && std::memcmp(at, delimiter_.data(), left) == 0) {
            return FieldEnd::more;
        }
        if (left >= size && std::memcmp(at, delimiter_.data(), size) == 0) {
            cursor.at = at + size;
            return FieldEnd::delimiter;
        }
    }
    if (*at == '\n') {
        cursor.line_end = at;
        cursor.at = at + 1;
        return FieldEnd::line;
    }
    if (*at == '\r') {
        if (left == 1 && !cursor.final) {
            return FieldEnd::more;  // an LF may follow, and it belongs to this line
        }
        cursor.line_end = at;
        cursor.at = at + (left > 1 && at[1] == '\n' ? 2 : 1);
        return FieldEnd::line;
    }
    return FieldEnd::fault;  // none of them
}

std::size_t RecordParser::escape_length(const Cursor& cursor, const char* at) const noexcept {
    const auto left = static_cast<std::size_t>(cursor.end - at);
    if (left == 1) {
        return cursor.final ? 1 : 0;
    }
    const char next = at[1];
    if (next == '\r') {
        return left == 2 ? (cursor.final ? 2 : 0) : at[2] == '\n' ? 3 : 2;
    }
    if (next == escape_ || next == '\n' || (quote_ != '\0' && next == quote_)) {
        return 2;
    }
    if (next == delimiter_byte_) {
        const std::size_t size = delimiter_.size();
        if (left - 1 < size) {
            return cursor.final ? 1 : 0;
        }
        return std::memcmp(at + 1, delimiter_.data(), size) == 0 ? 1 + size : 1;
    }
    return 1;
}

template <typename Sink>
RecordParser::FieldEnd RecordParser::plain_field(Cursor& cursor, Sink& sink) {
    const char* const begin = cursor.at;
    bool escaped = false;
    const char* at = begin;
    for (;;) {
        at = cursor.scan.value_stop(at, value_stops_);
        if (simple_ && *at == delimiter_byte_ && at < cursor.end) {
            sink.value(begin, static_cast<std::size_t>(at - begin), false);
            cursor.at = at + 1;
            return FieldEnd::delimiter;
        }
        const char* const stop = std::min(at, cursor.end);
        if (escape_ != '\0' && *at == escape_ && at < cursor.end) {
            const std::size_t length = escape_length(cursor, at);
            if (length == 0) {
                return FieldEnd::more;
            }
            escaped = escaped || length > 1;
            at += length;
            continue;
        }
        const FieldEnd end = field_end(cursor, at);
        if (end == FieldEnd::delimiter || end == FieldEnd::line) {
            const char* value_end = stop;
            while (trim_ && value_end > begin && is_blank(value_end[-1])) {
                --value_end;
            }
            put(sink, begin, value_end, false, escaped);
            return end;
        }
        if (end == FieldEnd::more) {
            return end;
        }
        cursor.nul = cursor.nul || *at == '\0';
        ++at;
    }
}

template <typename Sink>
RecordParser::FieldEnd RecordParser::quoted_field(Cursor& cursor, Sink& sink) {
    const char* const begin = cursor.at + 1;
    bool escaped = false;
    const char* at = begin;
    for (;;) {
        at = cursor.scan.quoted_stop(at, quoted_stops_);
        if (at >= cursor.end) {
            cursor.at = cursor.end;
            cursor.fault = RowFault::unclosed_quote;
            return cursor.final ? FieldEnd::fault : FieldEnd::more;
        }
        if (*at == '\0') {
            cursor.nul = true;
            ++at;
        } else if (*at == quote_) {
            if (at + 1 == cursor.end && !cursor.final) {
                return FieldEnd::more;
            }
            if (at + 1 < cursor.end && at[1] == quote_) {
                escaped = true;
                at += 2;
                continue;
            }
            cursor.at = at + 1;
            const FieldEnd end = behind_quote(cursor);
            if (end != FieldEnd::more && end != FieldEnd::fault) {
                cursor.lines = cursor.lines ||
                               std::memchr(begin, '\n', static_cast<std::size_t>(at - begin)) != nullptr ||
                               std::memchr(begin, '\r', static_cast<std::size_t>(at - begin)) != nullptr;
                put(sink, begin, at, true, escaped);
            }
            return end;
        } else {
            if (at + 1 == cursor.end && !cursor.final) {
                return FieldEnd::more;
            }
            const bool escapes = at + 1 < cursor.end && (at[1] == quote_ || at[1] == escape_);
            escaped = escaped || escapes;
            at += escapes ? 2 : 1;
        }
    }
}

RecordParser::FieldEnd RecordParser::behind_quote(Cursor& cursor) const noexcept {
    const char* at = cursor.at;
    while (trim_ && at < cursor.end && is_blank(*at)) {
        ++at;
    }
    const FieldEnd end = field_end(cursor, at);
    if (end == FieldEnd::fault) {
        cursor.at = at;
        cursor.fault = RowFault::bad_quote;
    }
    return end;
}

template <typename Sink>
void RecordParser::put(Sink& sink, const char* value, const char* end, bool quoted, bool escaped) {
    if (!escaped) {
        sink.value(value, static_cast<std::size_t>(end - value), quoted);
        return;
    }
    unescape({value, static_cast<std::size_t>(end - value)}, quoted);
    sink.value(scratch_.data(), scratch_.size() - sdk::Utf8BatchBuilder::padding, quoted);
}

void RecordParser::unescape(std::string_view value, bool quoted) {
    scratch_.clear();
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char byte = value[i];
        if (i + 1 < value.size()) {
            const char next = value[i + 1];
            const bool doubled = quoted && byte == quote_ && next == quote_;
            const bool escapes =
                escape_ != '\0' && byte == escape_ &&
                (next == escape_ || (quote_ != '\0' && next == quote_) ||
                 (!quoted && (next == '\n' || next == '\r' || value.substr(i + 1).starts_with(delimiter_))));
            if (doubled || escapes) {
                scratch_ += next;
                ++i;
                continue;
            }
        }
        scratch_ += byte;
    }
    scratch_.append(sdk::Utf8BatchBuilder::padding, '\0');
}

/// A stray quote makes one value of all records up to the next quote that happens to stand before a delimiter or at the
/// end of a line. Such a record is known by its lines: quotes aside, the first and a further one have as many values as
/// a whole record.
bool RecordParser::hides_records(std::string_view record, std::size_t columns) const noexcept {
    const auto is_whole = [&](std::string_view line) {
        std::size_t values = 1;
        for (auto at = line.find(delimiter_); at != std::string_view::npos && values < columns;
             at = line.find(delimiter_, at + delimiter_.size())) {
            ++values;
        }
        return values >= columns;
    };
    constexpr std::string_view line_ends = "\r\n";
    auto end = record.find_first_of(line_ends);
    if (columns < 2 || !is_whole(record.substr(0, end))) {
        return false;
    }
    while (end != std::string_view::npos) {
        record.remove_prefix(end + 1);
        end = record.find_first_of(line_ends);
        if (is_whole(record.substr(0, end))) {
            return true;
        }
    }
    return false;
}

RecordParser::Result RecordParser::give_up(RowFault fault) noexcept {
    passing_over_ = true;
    return {Outcome::rejected, 0, fault, 0};
}

RecordParser::Result RecordParser::too_long(std::string_view text) noexcept {
    // A record of that size with line ends in it is most likely a quote that is not closed.
    const std::string_view seen = text.substr(0, max_record_bytes_);
    const bool lines = seen.find_first_of("\r\n") != std::string_view::npos;
    return give_up(lines ? RowFault::unclosed_quote : RowFault::record_too_long);
}

RecordParser::Result RecordParser::pass_over_line(std::string_view text, bool final) noexcept {
    const auto result = [](std::size_t consumed) {
        return Result{Outcome::nothing, consumed, RowFault::ragged_row, 0};
    };
    const std::size_t feed = text.find('\n');
    const std::size_t end = std::min(feed, text.substr(0, feed).find('\r'));
    if (end == std::string_view::npos) {
        passing_over_ = !final;
        return text.empty() ? Result{} : result(text.size());
    }
    if (text[end] == '\r' && end + 1 == text.size() && !final) {
        return end == 0 ? Result{} : result(end);  // an LF may follow
    }
    passing_over_ = false;
    return result(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
}

}  // namespace tributary::csv
