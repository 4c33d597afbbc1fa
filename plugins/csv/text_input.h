#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/platform/file.h"
#include "plugins/csv/dialect.h"

namespace tributary::csv {

/// A file as a whole cannot be read (or no further). The text says why and what to do, without the file's name.
class BadFile : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Bytes from front to back. Throws Error for what the disk does, BadFile for content.
class ByteInput {
  public:
    virtual ~ByteInput() = default;
    /// 0 means the end.
    virtual std::size_t read(std::span<char> into) = 0;
    /// Passes over so many bytes, in one step where that is possible. Returns false if the end came before.
    virtual bool skip(std::uint64_t bytes);
    virtual bool is_packed() const noexcept { return false; }
};

/// The bytes of a file, unpacked if it is gzip by its content (any number of members).
std::unique_ptr<ByteInput> open_bytes(std::unique_ptr<ReadableFile> file);

/// A file's text as UTF-8, its byte order mark taken away. A UTF-8 file passes as it is, valid or not; what is no text
/// in another encoding comes out as bytes that are no valid UTF-8, so that the record there is rejected.
class TextInput {
  public:
    TextInput(std::unique_ptr<ByteInput> bytes, Encoding wanted);

    /// 0 means the end. `into` must have room for at least 4 bytes.
    std::size_t read(std::span<char> into);
    /// Passes over so many bytes of what read() gives. Returns false if the end came before.
    bool skip(std::uint64_t bytes);

    /// What the file is in the end: a byte order mark stands above the option.
    Encoding encoding() const noexcept { return encoding_; }
    bool mark_overruled_option() const noexcept { return overruled_; }
    /// Whether read() can give invalid UTF-8 at all.
    bool may_be_invalid() const noexcept { return encoding_ == Encoding::utf8 || encoding_ > Encoding::iso_8859_1; }

  private:
    void choose(Encoding wanted);
    bool refill();
    std::size_t decode_single_byte(std::span<char> into);
    std::size_t decode_utf16(std::span<char> into);

    std::unique_ptr<ByteInput> bytes_;
    Encoding encoding_ = Encoding::utf8;
    bool overruled_ = false;
    std::vector<char> raw_;
    std::size_t begin_ = 0;  // raw_[begin_, end_) is read and not yet decoded
    std::size_t end_ = 0;
    bool at_end_ = false;
};

}  // namespace tributary::csv
