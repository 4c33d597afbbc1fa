#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugins/csv/header.h"
#include "plugins/csv/record_parser.h"
#include "plugins/csv/text_input.h"

namespace tributary::csv {

struct ReadLimits {
    std::size_t max_record_bytes = 1U << 20U;
    std::size_t batch_rows = 4096;
    std::size_t batch_bytes = 1U << 20U;  ///< about
    std::uint64_t bad_rows = 100;         ///< of a file; the one beyond ends a piece at once
};

/// Records left out for one reason.
struct Rejected {
    std::uint64_t first_row = 0;
    std::uint64_t count = 0;
    std::size_t fields = 0;  ///< that the first of them has; for ragged_row
};

/// What one step of reading a file gave.
struct Piece {
    ArrowArray array{};  ///< released by whoever holds the piece; live if rows > 0
    std::uint64_t rows = 0;
    std::uint64_t first_row = 0;  ///< its number within the file, from 1, header not counted
    std::array<Rejected, row_fault_count> rejected{};
    std::uint64_t rejected_count = 0;
    bool end = false;  ///< the file is read to its end
};

/// Reads the records of one file into batches of text columns. Memory is bounded by the limits, whatever the file
/// holds. Numbers of rows count records, readable or not. One thread at a time.
class TableReader {
  public:
    TableReader(std::unique_ptr<TextInput> text, const Dialect& dialect, const ReadLimits& limits);

    /// Reads up to where the records begin. Returns false as long as it wants to be called again (a buffer was read).
    /// Throws BadFile. An empty file has no names.
    bool read_header();
    const std::vector<std::string>& names() const noexcept { return names_; }
    const std::vector<std::string>& warnings() const noexcept { return warnings_; }

    /// Goes on where offset(), next_row() and rejected() stood before, after read_header(). Throws BadFile if the file
    /// is shorter.
    void resume(std::uint64_t offset, std::uint64_t next_row, std::uint64_t rejected);

    /// Reads until a batch is full, a record was rejected with rows before it, there are more bad rows than allowed, or
    /// the file's end (true), or until a buffer was read without any of that (false: call again). A batch never has a
    /// rejected record in its middle, so that a row's number follows from the batch's first. Throws BadFile, Error.
    bool step(Piece& piece);

    /// Bytes of text (as UTF-8, without a byte order mark) before the next record.
    std::uint64_t offset() const noexcept { return offset_; }
    std::uint64_t next_row() const noexcept { return next_row_; }
    /// Records of the file rejected so far.
    std::uint64_t rejected() const noexcept { return rejected_total_; }
    Encoding encoding() const noexcept { return text_->encoding(); }
    bool mark_overruled_option() const noexcept { return text_->mark_overruled_option(); }

  private:
    std::string_view window() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t bytes) noexcept;
    void fill();
    void check_beginning() const;
    void set_names(std::vector<std::string> fields);
    void reject(const RecordParser::Result& result);
    bool batch_full() const noexcept;
    void hand_out(Piece& piece);

    std::unique_ptr<TextInput> text_;
    Dialect dialect_;
    ReadLimits limits_;
    RecordParser parser_;
    std::unique_ptr<sdk::Utf8BatchBuilder> builder_;
    std::vector<std::string> names_;
    std::vector<std::string> warnings_;

    std::vector<char> buffer_;  // its last scan_padding bytes are for padding
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool at_end_ = false;  // of the text
    bool begun_ = false;
    std::uint64_t offset_ = 0;
    std::uint64_t next_row_ = 1;

    std::uint64_t batch_row_ = 1;    // number of the batch's first row
    std::uint64_t batch_begin_ = 0;  // offset
    std::array<Rejected, row_fault_count> rejected_{};
    std::uint64_t rejected_count_ = 0;  // in rejected_
    std::uint64_t rejected_total_ = 0;
    bool piece_due_ = false;  // as soon as the rejected line is passed
};

}  // namespace tributary::csv
