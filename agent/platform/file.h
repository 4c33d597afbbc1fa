#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// What a file was when it was looked at. Two equal stamps of one path mean: as far as the file system tells,
/// unchanged.
struct FileStamp {
    std::uint64_t size = 0;        ///< bytes
    std::int64_t modified_ns = 0;  ///< nanoseconds since 1970-01-01, as fine as the file system keeps it
    std::uint64_t identity = 0;    ///< device and inode, or volume and file index, folded
    bool regular = false;          ///< a plain file, not a folder, pipe, device or symbolic link
    bool operator==(const FileStamp&) const = default;
};

/// An open file that is read from front to back or at a place. One thread at a time.
class ReadableFile {
  public:
    virtual ~ReadableFile() = default;
    /// Reads up to `into.size()` bytes; 0 means the end. Throws Error(storage).
    virtual std::size_t read(std::span<char> into) = 0;
    virtual void seek(std::uint64_t offset) = 0;
    /// The stamp of the open file itself (not of whatever now has its name).
    virtual FileStamp stamp() const = 0;
};

/// An open file that is written. Nothing is durable before sync() returns.
class WritableFile {
  public:
    virtual ~WritableFile() = default;
    /// Writes all of it or throws Error(storage).
    virtual void write(std::string_view bytes) = 0;
    /// To the disk, not only to the operating system. Throws Error(storage).
    virtual void sync() = 0;
    virtual void close() = 0;
};

enum class Privacy { ordinary, owner_only };

/// The seam to the operating system's files: tests replace it to lose what was not synced, or to fail. Thread-safe.
/// Every call throws tributary::Error: not_found, permission, storage.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    virtual std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) = 0;
    /// A new file; fails if it exists. `owner_only`: mode 0600 from the first moment.
    virtual std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) = 0;
    /// Opens an existing file (or makes it) to write from `offset` on; what stood behind `offset` is cut off.
    virtual std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) = 0;
    /// Replaces `to` in one step. On Windows it fails if somebody keeps `to` open (it tries for about a second).
    virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual void remove(const std::filesystem::path& path) = 0;
    virtual bool exists(const std::filesystem::path& path) = 0;
    /// Of the path itself; symbolic links are not followed.
    virtual FileStamp stamp(const std::filesystem::path& path) = 0;
    /// Names (not paths) in a folder, sorted, without "." and "..".
    virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;
    virtual void create_folders(const std::filesystem::path& folder) = 0;
    /// Makes creations, renames and removals in the folder durable (a no-op where the system has no such thing).
    virtual void sync_folder(const std::filesystem::path& folder) = 0;
};

/// The machine's own files.
FileSystem& system_files();

/// Whole content of a file of at most `limit` bytes (Error limit beyond it).
std::string read_file(FileSystem& files, const std::filesystem::path& path, std::uint64_t limit);

/// Temporary name in the same folder, write, sync, rename, sync of the folder: after a crash the old content or the
/// new, never half.
void write_file_durably(FileSystem& files, const std::filesystem::path& path, std::string_view bytes,
                        Privacy privacy = Privacy::ordinary);

}  // namespace tributary
