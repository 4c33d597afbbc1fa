#include <windows.h>
// After windows.h, whose types it uses.
#include <sddl.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "agent/platform/system_error.h"
#include "agent/platform/windows_handle.h"

namespace tributary {
namespace {

/// A reader must not keep others from writing, renaming or removing the file.
constexpr DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

Handle open_handle(const std::filesystem::path& path, std::string_view action, DWORD access, DWORD share,
                   DWORD disposition, DWORD flags, SECURITY_ATTRIBUTES* security = nullptr) {
    Handle handle(::CreateFileW(native_path(path).c_str(), access, share, security, disposition, flags, nullptr));
    if (!handle.valid()) {
        throw_system_error(action, path, last_system_error());
    }
    return handle;
}

std::uint64_t joined(DWORD high, DWORD low) {
    return (static_cast<std::uint64_t>(high) << 32U) | low;
}

FileStamp stamp_of(const Handle& handle, const std::filesystem::path& path) {
    BY_HANDLE_FILE_INFORMATION information{};
    if (::GetFileInformationByHandle(handle.get(), &information) == 0) {
        throw_system_error("look at", path, last_system_error());
    }
    // FILETIME: units of 100 ns since 1601-01-01, which is this many before 1970-01-01.
    constexpr std::int64_t units_to_1970 = 116'444'736'000'000'000;
    const auto modified = static_cast<std::int64_t>(
        joined(information.ftLastWriteTime.dwHighDateTime, information.ftLastWriteTime.dwLowDateTime));
    FileStamp stamp;
    stamp.size = joined(information.nFileSizeHigh, information.nFileSizeLow);
    stamp.modified_ns = (modified - units_to_1970) * 100;
    // The volume is spread over all bits (golden ratio), so that equal indexes of two volumes stay apart.
    stamp.identity = joined(information.nFileIndexHigh, information.nFileIndexLow) ^
                     (static_cast<std::uint64_t>(information.dwVolumeSerialNumber) * 0x9E3779B97F4A7C15ULL);
    constexpr DWORD not_plain = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE;
    stamp.regular = (information.dwFileAttributes & not_plain) == 0 && ::GetFileType(handle.get()) == FILE_TYPE_DISK;
    return stamp;
}

void require_disk_file(const Handle& handle, const std::filesystem::path& path) {
    // Names such as "CON" or "\\.\pipe\x" open something else.
    if (::GetFileType(handle.get()) != FILE_TYPE_DISK) {
        throw Error(ErrorCode::storage, "cannot open " + quoted(path) + ": it is not a plain file");
    }
}

void set_position(const Handle& handle, const std::filesystem::path& path, std::uint64_t offset) {
    LARGE_INTEGER place{};
    place.QuadPart = static_cast<LONGLONG>(offset);
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<LONGLONG>::max()) ||
        ::SetFilePointerEx(handle.get(), place, nullptr, FILE_BEGIN) == 0) {
        throw_system_error("seek in", path, last_system_error());
    }
}

class WindowsReadableFile final : public ReadableFile {
  public:
    explicit WindowsReadableFile(const std::filesystem::path& path)
        : path_(path),
          handle_(open_handle(path, "open", GENERIC_READ, share_all, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN)) {
        require_disk_file(handle_, path);
    }

    std::size_t read(std::span<char> into) override {
        const auto wanted = static_cast<DWORD>(std::min<std::size_t>(into.size(), std::size_t{64} << 20U));
        DWORD count = 0;
        if (::ReadFile(handle_.get(), into.data(), wanted, &count, nullptr) == 0) {
            throw_system_error("read", path_, last_system_error());
        }
        return count;
    }

    void seek(std::uint64_t offset) override { set_position(handle_, path_, offset); }

    FileStamp stamp() const override { return stamp_of(handle_, path_); }

  private:
    std::filesystem::path path_;
    Handle handle_;
};

class WindowsWritableFile final : public WritableFile {
  public:
    WindowsWritableFile(std::filesystem::path path, Handle handle)
        : path_(std::move(path)), handle_(std::move(handle)) {}

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto wanted = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), std::size_t{64} << 20U));
            DWORD count = 0;
            if (::WriteFile(handle_.get(), bytes.data(), wanted, &count, nullptr) == 0) {
                throw_system_error("write", path_, last_system_error());
            }
            bytes.remove_prefix(count);
        }
    }

    void sync() override {
        if (sync_failed_) {
            throw Error(ErrorCode::storage, "cannot sync " + quoted(path_) + ": an earlier sync of it failed");
        }
        if (::FlushFileBuffers(handle_.get()) == 0) {
            sync_failed_ = true;
            throw_system_error("sync", path_, last_system_error());
        }
    }

    void close() override {
        if (!handle_.close()) {
            throw_system_error("close", path_, last_system_error());
        }
    }

  private:
    std::filesystem::path path_;
    Handle handle_;
    bool sync_failed_ = false;
};

/// Full rights for this account, SYSTEM and the administrators; none inherited from the folder, none for others.
class OwnerOnly {
  public:
    OwnerOnly() {
        std::string sid = current_user_sid();
        LPWSTR text = nullptr;
        if (::ConvertSidToStringSidW(sid.data(), &text) == 0) {
            fail();
        }
        const std::unique_ptr<void, decltype(&::LocalFree)> owned(text, &::LocalFree);
        const std::wstring rights = std::wstring(L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;").append(text).append(L")");
        if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1,
                                                                   &attributes_.lpSecurityDescriptor, nullptr) == 0) {
            fail();
        }
        attributes_.nLength = sizeof(attributes_);
    }
    ~OwnerOnly() { ::LocalFree(attributes_.lpSecurityDescriptor); }
    OwnerOnly(const OwnerOnly&) = delete;
    OwnerOnly& operator=(const OwnerOnly&) = delete;

    SECURITY_ATTRIBUTES* attributes() noexcept { return &attributes_; }

  private:
    [[noreturn]] static void fail() {
        throw Error(ErrorCode::internal, "cannot state the rights of a private file: " + last_system_error().message());
    }

    SECURITY_ATTRIBUTES attributes_{};
};

class WindowsFileSystem final : public FileSystem {
  public:
    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) override {
        return std::make_unique<WindowsReadableFile>(path);
    }

    std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) override {
        // DELETE is shared so that a file can be given its final name while it is open, as on POSIX.
        constexpr DWORD share = FILE_SHARE_READ | FILE_SHARE_DELETE;
        if (privacy == Privacy::owner_only) {
            OwnerOnly rights;
            return std::make_unique<WindowsWritableFile>(
                path, open_handle(path, "create", GENERIC_WRITE, share, CREATE_NEW, FILE_ATTRIBUTE_NORMAL,
                                  rights.attributes()));
        }
        return std::make_unique<WindowsWritableFile>(
            path, open_handle(path, "create", GENERIC_WRITE, share, CREATE_NEW, FILE_ATTRIBUTE_NORMAL));
    }

    std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) override {
        Handle handle = open_handle(path, "open", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, OPEN_ALWAYS,
                                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT);
        const FileStamp stamp = stamp_of(handle, path);
        if (!stamp.regular) {
            throw Error(ErrorCode::storage, "cannot open " + quoted(path) + ": it is not a plain file");
        }
        if (stamp.size < offset) {
            throw Error(ErrorCode::storage, "cannot go on writing " + quoted(path) + " at byte " +
                                                std::to_string(offset) + ": it has only " + std::to_string(stamp.size));
        }
        set_position(handle, path, offset);
        if (::SetEndOfFile(handle.get()) == 0) {
            throw_system_error("cut", path, last_system_error());
        }
        return std::make_unique<WindowsWritableFile>(path, std::move(handle));
    }

    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const std::wstring old_name = native_path(from);
        const std::wstring new_name = native_path(to);
        // A virus scanner or an indexer may have either file open for a moment.
        constexpr DWORD longest_wait = 1000;  // milliseconds in all
        for (DWORD waited = 0, pause = 10;; waited += pause, pause *= 2) {
            // WRITE_THROUGH: on the disk before it returns, hence sync_folder has nothing to do.
            if (::MoveFileExW(old_name.c_str(), new_name.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) !=
                0) {
                return;
            }
            const std::error_code code = last_system_error();
            const bool may_pass = code.value() == ERROR_ACCESS_DENIED || code.value() == ERROR_SHARING_VIOLATION;
            if (!may_pass || waited >= longest_wait) {
                throw_system_error("rename " + quoted(from) + " to", to, code);
            }
            ::Sleep(pause);
        }
    }

    void remove(const std::filesystem::path& path) override {
        if (::DeleteFileW(native_path(path).c_str()) == 0) {
            throw_system_error("remove", path, last_system_error());
        }
    }

    bool exists(const std::filesystem::path& path) override {
        if (::GetFileAttributesW(native_path(path).c_str()) != INVALID_FILE_ATTRIBUTES) {
            return true;
        }
        const std::error_code code = last_system_error();
        if (kind_of(code) == ErrorCode::not_found) {
            return false;
        }
        throw_system_error("look at", path, code);
    }

    FileStamp stamp(const std::filesystem::path& path) override {
        // BACKUP_SEMANTICS opens folders too; OPEN_REPARSE_POINT a link itself and not its target.
        const Handle handle = open_handle(path, "look at", FILE_READ_ATTRIBUTES, share_all, OPEN_EXISTING,
                                          FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
        return stamp_of(handle, path);
    }

    std::vector<std::string> list(const std::filesystem::path& folder) override {
        WIN32_FIND_DATAW entry{};
        const HANDLE search = ::FindFirstFileExW(native_path(folder / "*").c_str(), FindExInfoBasic, &entry,
                                                 FindExSearchNameMatch, nullptr, FIND_FIRST_EX_LARGE_FETCH);
        if (search == reinterpret_cast<HANDLE>(static_cast<LONG_PTR>(-1))) {
            throw_system_error("list", folder, last_system_error());
        }
        const std::unique_ptr<void, decltype(&::FindClose)> owned(search, &::FindClose);
        std::vector<std::string> names;
        do {
            const std::filesystem::path name(entry.cFileName);
            if (name != "." && name != "..") {
                const std::u8string text = name.u8string();
                names.emplace_back(text.begin(), text.end());
            }
        } while (::FindNextFileW(search, &entry) != 0);
        if (::GetLastError() != ERROR_NO_MORE_FILES) {
            throw_system_error("list", folder, last_system_error());
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

    /// Windows has no such call; what it writes of folders it writes in order (NTFS journal), and rename writes
    /// through.
    void sync_folder(const std::filesystem::path&) override {}
};

}  // namespace

FileSystem& system_files() {
    static WindowsFileSystem files;
    return files;
}

}  // namespace tributary
