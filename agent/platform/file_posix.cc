#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "agent/platform/system_error.h"

namespace tributary {
namespace {

/// Calls again for as long as a signal interrupts.
template <typename Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result != -1 || errno != EINTR) {
            return result;
        }
    }
}

class Descriptor {
  public:
    Descriptor(const std::filesystem::path& path, std::string_view action, int flags, mode_t mode = 0)
        : number_(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode); })) {
        if (number_ == -1) {
            throw_system_error(action, path, last_system_error());
        }
    }
    ~Descriptor() {
        if (number_ != -1) {
            ::close(number_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;

    int number() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }

  private:
    int number_;
};

FileStamp stamp_of(const struct stat& status) {
    FileStamp stamp;
    stamp.size = static_cast<std::uint64_t>(status.st_size);
    stamp.modified_ns = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    // The device is spread over all bits (golden ratio), so that equal inodes of two devices stay apart.
    stamp.identity =
        static_cast<std::uint64_t>(status.st_ino) ^ (static_cast<std::uint64_t>(status.st_dev) * 0x9E3779B97F4A7C15ULL);
    stamp.regular = S_ISREG(status.st_mode);
    return stamp;
}

struct stat status_of(const Descriptor& descriptor, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0) {
        throw_system_error("look at", path, last_system_error());
    }
    return status;
}

void require_regular(const Descriptor& descriptor, const std::filesystem::path& path) {
    const struct stat status = status_of(descriptor, path);
    if (S_ISDIR(status.st_mode)) {
        throw_system_error("open", path, std::make_error_code(std::errc::is_a_directory));
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::storage, "cannot open " + quoted(path) + ": it is not a plain file");
    }
}

class PosixReadableFile final : public ReadableFile {
  public:
    explicit PosixReadableFile(const std::filesystem::path& path)
        // O_NONBLOCK: else opening a pipe that somebody put in a drop folder would wait for ever.
        : path_(path), descriptor_(path, "open", O_RDONLY | O_NONBLOCK) {
        require_regular(descriptor_, path);
        ::posix_fadvise(descriptor_.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    }

    std::size_t read(std::span<char> into) override {
        const ssize_t count =
            uninterrupted([&] { return ::pread(descriptor_.number(), into.data(), into.size(), offset_); });
        if (count < 0) {
            throw_system_error("read", path_, last_system_error());
        }
        offset_ += count;
        return static_cast<std::size_t>(count);
    }

    void seek(std::uint64_t offset) override {
        if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
            throw_system_error("read", path_, std::make_error_code(std::errc::invalid_seek));
        }
        offset_ = static_cast<off_t>(offset);
    }

    FileStamp stamp() const override { return stamp_of(status_of(descriptor_, path_)); }

  private:
    std::filesystem::path path_;
    Descriptor descriptor_;
    off_t offset_ = 0;
};

class PosixWritableFile final : public WritableFile {
  public:
    PosixWritableFile(std::filesystem::path path, Descriptor descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            // The kernel writes at most 2 GiB a call; fewer keep one call short.
            const std::size_t wanted = std::min(bytes.size(), std::size_t{64} << 20U);
            const ssize_t count = uninterrupted([&] { return ::write(descriptor_.number(), bytes.data(), wanted); });
            if (count < 0) {
                throw_system_error("write", path_, last_system_error());
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    void sync() override {
        // After a failed fsync the kernel takes the lost pages for clean, and the next call would claim success.
        if (sync_failed_) {
            throw Error(ErrorCode::storage, "cannot sync " + quoted(path_) + ": an earlier sync of it failed");
        }
        if (uninterrupted([&] { return ::fsync(descriptor_.number()); }) != 0) {
            sync_failed_ = true;
            throw_system_error("sync", path_, last_system_error());
        }
    }

    void close() override {
        const int number = descriptor_.release();
        // No second try after EINTR: Linux has closed it by then, and the number may belong to another thread.
        if (number != -1 && ::close(number) != 0 && errno != EINTR) {
            throw_system_error("close", path_, last_system_error());
        }
    }

  private:
    std::filesystem::path path_;
    Descriptor descriptor_;
    bool sync_failed_ = false;
};

class PosixFileSystem final : public FileSystem {
  public:
    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) override {
        return std::make_unique<PosixReadableFile>(path);
    }

    std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) override {
        const mode_t mode = privacy == Privacy::owner_only ? 0600 : 0666;
        Descriptor descriptor(path, "create", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        return std::make_unique<PosixWritableFile>(path, std::move(descriptor));
    }

    std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) override {
        Descriptor descriptor(path, "open", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666);
        require_regular(descriptor, path);
        const auto size = static_cast<std::uint64_t>(status_of(descriptor, path).st_size);
        if (size < offset) {
            throw Error(ErrorCode::storage, "cannot go on writing " + quoted(path) + " at byte " +
                                                std::to_string(offset) + ": it has only " + std::to_string(size));
        }
        const auto place = static_cast<off_t>(offset);
        if (uninterrupted([&] { return ::ftruncate(descriptor.number(), place); }) != 0 ||
            ::lseek(descriptor.number(), place, SEEK_SET) != place) {
            throw_system_error("cut", path, last_system_error());
        }
        return std::make_unique<PosixWritableFile>(path, std::move(descriptor));
    }

    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            throw_system_error("rename " + quoted(from) + " to", to, last_system_error());
        }
    }

    void remove(const std::filesystem::path& path) override {
        if (::unlink(path.c_str()) != 0) {
            throw_system_error("remove", path, last_system_error());
        }
    }

    bool exists(const std::filesystem::path& path) override {
        struct stat status {};
        if (::lstat(path.c_str(), &status) == 0) {
            return true;
        }
        if (errno == ENOENT || errno == ENOTDIR) {
            return false;
        }
        throw_system_error("look at", path, last_system_error());
    }

    FileStamp stamp(const std::filesystem::path& path) override {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) {
            throw_system_error("look at", path, last_system_error());
        }
        return stamp_of(status);
    }

    std::vector<std::string> list(const std::filesystem::path& folder) override {
        std::error_code code;
        std::vector<std::string> names;
        std::filesystem::directory_iterator entry(folder, code);
        for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
            names.push_back(entry->path().filename().string());
        }
        if (code) {
            throw_system_error("list", folder, code);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    void create_folders(const std::filesystem::path& folder) override {
        std::error_code code;
        std::filesystem::create_directories(folder, code);
        if (code) {
            throw_system_error("create folder", folder, code);
        }
    }

    void sync_folder(const std::filesystem::path& folder) override {
        const Descriptor descriptor(folder, "open folder", O_RDONLY | O_DIRECTORY);
        if (uninterrupted([&] { return ::fsync(descriptor.number()); }) != 0) {
            // Some network file systems have no such thing for a folder.
            if (errno != EINVAL && errno != ENOTSUP) {
                throw_system_error("sync folder", folder, last_system_error());
            }
        }
    }
};

}  // namespace

FileSystem& system_files() {
    static PosixFileSystem files;
    return files;
}

}  // namespace tributary
