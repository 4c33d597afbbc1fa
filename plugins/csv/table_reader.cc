#include "plugins/csv/table_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tributary::csv {

namespace {

/// Read at a time; stays within a core's own cache together with the columns of a batch.
constexpr std::size_t usual_buffer = 256U << 10U;
/// NUL bytes this early mean that the file is no text at all.
constexpr std::size_t beginning = 4096;

/// A header that is one column because another delimiter was meant. Names are not shown: they may be values.
void check_delimiter(const std::vector<std::string>& names) {
    constexpr std::pair<char, const char*> others[] = {{';', "\";\""}, {'|', "\"|\""}, {'\t', "tab"}, {',', "\",\""}};
    for (const auto& [character, option] : others) {
        if (names.size() == 1 && names.front().find(character) != std::string::npos) {
            throw BadFile(
                "its header is one column with a delimiter in its name; set delimiter: " + std::string(option) +
                " in the options of the stream (or columns: [NAME], if the file has one column indeed)");
        }
    }
}

}  // namespace

TableReader::TableReader(std::unique_ptr<TextInput> text, const Dialect& dialect, const ReadLimits& limits)
    : text_(std::move(text)),
      dialect_(dialect),
      limits_(limits),
      parser_(dialect_, limits_.max_record_bytes, text_->may_be_invalid()),
      buffer_(usual_buffer + scan_padding) {}

void TableReader::consume(std::size_t bytes) noexcept {
    begin_ += bytes;
    offset_ += bytes;
}

void TableReader::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    // The parser decides any record that is longer than longest_wait(), so this growth ends there.
    if (end_ + scan_padding >= buffer_.size()) {
        buffer_.resize(std::min(buffer_.size() * 2, parser_.longest_wait() + usual_buffer + scan_padding));
    }
    const std::size_t room = buffer_.size() - scan_padding - end_;
    const std::size_t count = text_->read({buffer_.data() + end_, room});
    end_ += count;
    at_end_ = count == 0;
    std::memset(buffer_.data() + end_, 0, scan_padding);
    if (!begun_ && (end_ >= beginning || at_end_)) {
        begun_ = true;
        check_beginning();
    }
}

void TableReader::check_beginning() const {
    if (window().substr(0, beginning).find('\0') != std::string_view::npos) {
        throw BadFile("it holds NUL bytes; is this a CSV file? UTF-16 needs encoding: utf-16");
    }
}

void TableReader::set_names(std::vector<std::string> fields) {
    if (!dialect_.columns.empty()) {
        names_ = dialect_.columns;
    } else {
        Header header = names_of_header(std::move(fields));
        check_delimiter(header.names);
        names_ = std::move(header.names);
        warnings_ = std::move(header.warnings);
    }
    // A wide file has shorter batches: each column of a batch costs memory before it has a value.
    constexpr std::size_t most_values = 256U << 10U;
    const auto rows = std::max<std::size_t>(1, most_values / std::max<std::size_t>(1, names_.size()));
    builder_ = std::make_unique<sdk::Utf8BatchBuilder>(names_.size(), std::min(limits_.batch_rows, rows));
    batch_begin_ = offset_;
}

bool TableReader::read_header() {
    if (!begun_) {
        fill();
        if (!begun_) {
            return false;
        }
    }
    if (!dialect_.header) {
        set_names({});
        return true;
    }
    std::vector<std::string> fields;
    for (;;) {
        const auto result = parser_.list(window(), at_end_, fields);
        switch (result.outcome) {
            case RecordParser::Outcome::record:
                if (!dialect_.columns.empty()) {
                    check_given_names(dialect_.columns, names_of_header(fields).names);
                }
                consume(result.consumed);
                set_names(std::move(fields));
                return true;
            case RecordParser::Outcome::nothing:
                consume(result.consumed);
                break;
            case RecordParser::Outcome::rejected:
                throw BadFile("its header cannot be read (" + std::string(to_string(result.fault)) +
                              "); check delimiter, quote and encoding, and that it is a CSV file");
            case RecordParser::Outcome::more:
                if (at_end_) {  // nothing but empty lines
                    return true;
                }
                fill();
                return false;
        }
    }
}

void TableReader::resume(std::uint64_t offset, std::uint64_t next_row, std::uint64_t rejected) {
    const auto shorter = [] { return BadFile("it is shorter than what was read of it before"); };
    if (offset < offset_ || builder_ == nullptr) {
        throw shorter();
    }
    const std::uint64_t ahead = offset - offset_;
    const auto buffered = static_cast<std::size_t>(std::min<std::uint64_t>(ahead, end_ - begin_));
    consume(buffered);
    if (ahead > buffered && !text_->skip(ahead - buffered)) {
        throw shorter();
    }
    offset_ = offset;
    next_row_ = next_row;
    batch_row_ = next_row;
    batch_begin_ = offset;
    rejected_total_ = rejected;
}

bool TableReader::batch_full() const noexcept {
    return builder_->full() || offset_ - batch_begin_ >= limits_.batch_bytes;
}

void TableReader::reject(const RecordParser::Result& result) {
    auto& rejected = rejected_[static_cast<std::size_t>(result.fault)];
    if (rejected.count == 0) {
        rejected.first_row = next_row_;
        rejected.fields = result.fields;
    }
    ++rejected.count;
    ++rejected_count_;
    ++rejected_total_;
    ++next_row_;
    if (builder_->rows() == 0) {
        batch_row_ = next_row_;
    }
    piece_due_ = builder_->rows() > 0 || rejected_total_ > limits_.bad_rows;
}

bool TableReader::step(Piece& piece) {
    piece = Piece();
    if (builder_ == nullptr) {
        piece.end = true;
        return true;
    }
    for (;;) {
        if (piece_due_ && !parser_.passing_over()) {
            hand_out(piece);
            return true;
        }
        const auto result = parser_.row(window(), at_end_, *builder_);
        consume(result.consumed);
        switch (result.outcome) {
            case RecordParser::Outcome::record:
                ++next_row_;
                if (batch_full()) {
                    hand_out(piece);
                    return true;
                }
                break;
            case RecordParser::Outcome::rejected:
                reject(result);
                break;
            case RecordParser::Outcome::nothing:
                break;
            case RecordParser::Outcome::more:
                if (at_end_) {
                    piece.end = true;
                    hand_out(piece);
                    return true;
                }
                fill();
                return false;
        }
    }
}

void TableReader::hand_out(Piece& piece) {
    piece.rows = builder_->rows();
    piece.first_row = batch_row_;
    piece.rejected = std::exchange(rejected_, {});
    piece.rejected_count = std::exchange(rejected_count_, 0);
    if (piece.rows > 0) {
        piece.array = builder_->finish();
    }
    piece_due_ = false;
    batch_row_ = next_row_;
    batch_begin_ = offset_;
}

}  // namespace tributary::csv
