#include "plugins/csv/file_reader.h"

#include <utility>

#include "agent/platform/error.h"

namespace tributary::csv {

namespace {

constexpr std::size_t block = ContentDigest::step_size;

/// Shared between the reader, which asks the open file for its stamp, and the input that reads it.
class Borrowed final : public ReadableFile {
  public:
    explicit Borrowed(ReadableFile& file) : file_(file) {}
    std::size_t read(std::span<char> into) override { return file_.read(into); }
    void seek(std::uint64_t offset) override { file_.seek(offset); }
    FileStamp stamp() const override { return file_.stamp(); }

  private:
    ReadableFile& file_;
};

}  // namespace

FileReader::FileReader(FileSystem& files, std::filesystem::path path, const FileStamp& stamp,
                       const StreamOptions& stream, const ReadLimits& limits)
    : files_(files),
      path_(std::move(path)),
      stamp_(stamp),
      stream_(stream),
      limits_(limits),
      file_(files.open_for_reading(path_)),
      buffer_(block),
      hash_(stream.name) {}

FileReader::Change FileReader::change() const {
    if (file_->stamp() != stamp_) {
        return Change::changed;
    }
    try {
        return files_.stamp(path_) == stamp_ ? Change::none : Change::changed;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
            throw;
        }
        return Change::vanished;
    }
}

bool FileReader::examine() {
    if (digest_.empty() && !hash_some()) {
        return false;
    }
    if (unpacking_ && !unpack_some()) {
        return false;
    }
    buffer_ = {};
    return true;
}

bool FileReader::hash_some() {
    std::size_t count = 0;
    while (count < buffer_.size()) {
        const std::size_t more = file_->read(std::span(buffer_).subspan(count));
        if (more == 0) {
            break;
        }
        count += more;
    }
    if (count > 0) {
        hash_.add({buffer_.data(), count});
        return false;
    }
    digest_ = hash_.finish();
    // An archive cut short is found before any of its records leaves; afterwards it would be half taken.
    if (unpacking_ = open_bytes(std::make_unique<Borrowed>(*file_)); !unpacking_->is_packed()) {
        unpacking_.reset();
    }
    return true;
}

bool FileReader::unpack_some() {
    if (unpacking_->read(buffer_) > 0) {
        return false;
    }
    unpacking_.reset();
    return true;
}

bool FileReader::read_header() {
    if (!table_) {
        auto text =
            std::make_unique<TextInput>(open_bytes(std::make_unique<Borrowed>(*file_)), stream_.dialect.encoding);
        table_ = std::make_unique<TableReader>(std::move(text), stream_.dialect, limits_);
    }
    return table_->read_header();
}

}  // namespace tributary::csv
