#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

#include "plugins/csv/text_input.h"

namespace tributary::csv {

bool ByteInput::skip(std::uint64_t bytes) {
    std::vector<char> sink(64U << 10U);
    while (bytes > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, sink.size()));
        const std::size_t count = read({sink.data(), wanted});
        if (count == 0) {
            return false;
        }
        bytes -= count;
    }
    return true;
}

namespace {

class PlainInput final : public ByteInput {
  public:
    explicit PlainInput(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t count = file_->read(into);
        offset_ += count;
        return count;
    }

    bool skip(std::uint64_t bytes) override {
        const std::uint64_t size = file_->stamp().size;
        if (size < offset_ || size - offset_ < bytes) {
            return false;
        }
        offset_ += bytes;
        file_->seek(offset_);
        return true;
    }

  private:
    std::unique_ptr<ReadableFile> file_;
    std::uint64_t offset_ = 0;
};

class GzipInput final : public ByteInput {
  public:
    explicit GzipInput(std::unique_ptr<ReadableFile> file) : file_(std::move(file)), packed_(64U << 10U) {
        constexpr int gzip_alone = 15 + 16;
        if (inflateInit2(&stream_, gzip_alone) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~GzipInput() override { inflateEnd(&stream_); }
    GzipInput(const GzipInput&) = delete;
    GzipInput& operator=(const GzipInput&) = delete;

    std::size_t read(std::span<char> into) override {
        const std::size_t room = std::min<std::size_t>(into.size(), std::numeric_limits<uInt>::max());
        stream_.next_out = static_cast<Bytef*>(static_cast<void*>(into.data()));
        stream_.avail_out = static_cast<uInt>(room);
        while (stream_.avail_out == room && !finished_) {
            if (stream_.avail_in == 0 && !refill()) {
                end_of_file();
                break;
            }
            if (between_members_ && !begin_member()) {
                continue;
            }
            unpack();
        }
        return room - stream_.avail_out;
    }

    bool is_packed() const noexcept override { return true; }

  private:
    bool refill() {
        const std::size_t count = file_->read(packed_);
        stream_.next_in = static_cast<Bytef*>(static_cast<void*>(packed_.data()));
        stream_.avail_in = static_cast<uInt>(count);
        return count > 0;
    }

    void end_of_file() {
        if (!between_members_) {
            throw BadFile("its gzip data ends too early; the file is not complete");
        }
        finished_ = true;
    }

    /// Zero bytes behind a member are padding (tapes, some tools); anything else must be the next member.
    bool begin_member() {
        while (stream_.avail_in > 0 && *stream_.next_in == 0) {
            ++stream_.next_in;
            --stream_.avail_in;
        }
        if (stream_.avail_in == 0) {
            return false;
        }
        between_members_ = false;
        return inflateReset(&stream_) == Z_OK;
    }

    void unpack() {
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            between_members_ = true;
        } else if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            throw BadFile("its gzip data is damaged; ask for the file again");
        }
    }

    std::unique_ptr<ReadableFile> file_;
    std::vector<char> packed_;
    z_stream stream_{};
    bool between_members_ = false;
    bool finished_ = false;
};

}  // namespace

std::unique_ptr<ByteInput> open_bytes(std::unique_ptr<ReadableFile> file) {
    std::array<char, 4> magic{};
    std::size_t size = 0;
    file->seek(0);
    while (size < magic.size()) {
        const std::size_t count = file->read(std::span(magic).subspan(size));
        if (count == 0) {
            break;
        }
        size += count;
    }
    file->seek(0);
    const std::string_view head(magic.data(), size);
    if (head.starts_with("\x1F\x8B")) {
        return std::make_unique<GzipInput>(std::move(file));
    }
    if (head == std::string_view("PK\x03\x04", 4)) {
        throw BadFile("it is a zip archive or an Excel workbook, not CSV; unpack it, or export it as CSV");
    }
    return std::make_unique<PlainInput>(std::move(file));
}

}  // namespace tributary::csv
