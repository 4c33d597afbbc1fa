#include "agent/outbox/disk_reserve.h"

#include <algorithm>
#include <random>
#include <string>

#include "agent/platform/error.h"

namespace tributary {

namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Bytes that no file system can store as less than they are.
std::string noise(std::size_t size) {
    std::mt19937_64 random(4711);
    std::string bytes(size, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    return bytes;
}

}  // namespace

std::uint64_t free_bytes(const std::filesystem::path& folder) {
    std::error_code fault;
    const auto space = std::filesystem::space(folder, fault);
    if (fault) {
        throw Error(ErrorCode::storage, folder.string() + ": its free space cannot be told: " + fault.message());
    }
    return space.available;
}

bool DiskReserve::keep() {
    constexpr std::size_t piece = 1U << 20U;
    try {
        if (missing() == 0) {
            return true;
        }
        if (free_bytes(folder_of(file_)) < bytes_ + (bytes_ / 2)) {
            return false;
        }
        const auto bytes = noise(piece);
        const auto file = files_.open_at(file_, 0);
        for (std::uint64_t written = 0; written < bytes_; written += piece) {
            file->write(std::string_view(bytes).substr(0, std::min<std::uint64_t>(piece, bytes_ - written)));
        }
        file->sync();
        file->close();
        return true;
    } catch (const Error&) {
        return false;  // the disk is filling: the next time
    }
}

std::uint64_t DiskReserve::missing() const {
    try {
        return files_.exists(file_) && files_.stamp(file_).size == bytes_ ? 0 : bytes_;
    } catch (const Error&) {
        return bytes_;
    }
}

bool DiskReserve::give_up() {
    try {
        if (!files_.exists(file_)) {
            return false;
        }
        files_.remove(file_);
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace tributary
