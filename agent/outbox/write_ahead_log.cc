#include "agent/outbox/write_ahead_log.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tributary {

namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  // the last bit says in which byte order checksums are computed

std::uint32_t big_endian(std::string_view bytes) noexcept {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(0, 4)) {
        value = (value << 8U) | static_cast<unsigned char>(byte);
    }
    return value;
}

/// The running checksum of section 4.2.
class Checksum {
  public:
    explicit Checksum(bool big) : big_(big) {}

    void add(std::string_view bytes) noexcept {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first_ += word(bytes.substr(at)) + second_;
            second_ += word(bytes.substr(at + 4)) + first_;
        }
    }
    bool is(std::string_view stored) const noexcept {
        return big_endian(stored) == first_ && big_endian(stored.substr(4)) == second_;
    }

  private:
    std::uint32_t word(std::string_view bytes) const noexcept {
        const std::uint32_t value = big_endian(bytes);
        return big_ ? value : (value >> 24U) | ((value >> 8U) & 0xff00U) | ((value << 8U) & 0xff0000U) | (value << 24U);
    }

    bool big_;
    std::uint32_t first_ = 0;
    std::uint32_t second_ = 0;
};

bool read_whole(ReadableFile& file, std::vector<char>& into) {
    std::size_t got = 0;
    while (got < into.size()) {
        const auto count = file.read(std::span(into).subspan(got));
        if (count == 0) {
            return false;
        }
        got += count;
    }
    return true;
}

bool is_page_size(std::uint32_t size) noexcept {
    return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/// Frames of the log from the front, as long as each is what it was; and what stands behind the first that is not.
bool lost_transactions(ReadableFile& file, std::string_view header, Checksum checksum) {
    const std::uint32_t page_size = big_endian(header.substr(8));
    std::vector<char> frame(frame_header_bytes + page_size);
    bool intact = true;
    bool ended = false;  // behind the wrong frame, a transaction came to its end
    while (read_whole(file, frame)) {
        const std::string_view bytes(frame.data(), frame.size());
        const bool of_this_log = bytes.substr(8, 8) == header.substr(16, 8);
        if (intact) {
            checksum.add(bytes.substr(0, 8));
            checksum.add(bytes.substr(frame_header_bytes));
            intact = of_this_log && checksum.is(bytes.substr(16));
            if (intact) {
                continue;
            }
        }
        if (ended && of_this_log) {
            return true;
        }
        ended = ended || (of_this_log && big_endian(bytes.substr(4)) != 0);
    }
    return false;
}

}  // namespace

bool write_ahead_log_is_damaged(FileSystem& files, const std::filesystem::path& database) {
    auto log = database;
    log += "-wal";
    if (!files.exists(log)) {
        return false;
    }
    const auto file = files.open_for_reading(log);
    std::vector<char> bytes(header_bytes);
    if (!read_whole(*file, bytes)) {
        return false;
    }
    const std::string_view header(bytes.data(), bytes.size());
    if (std::all_of(header.begin(), header.end(), [](char byte) { return byte == 0; })) {
        return false;  // its first write never reached the disk
    }
    const std::uint32_t number = big_endian(header);
    Checksum checksum((number & 1U) != 0);
    checksum.add(header.substr(0, 24));
    if ((number & ~1U) != magic || !is_page_size(big_endian(header.substr(8))) || !checksum.is(header.substr(24))) {
        return files.stamp(log).size > header_bytes;  // the header is synced before the first frame is written
    }
    return lost_transactions(*file, header, checksum);
}

}  // namespace tributary
