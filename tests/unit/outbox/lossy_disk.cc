#include "tests/unit/outbox/lossy_disk.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>

namespace tributary::testing {
namespace {

constexpr std::size_t sector = 512;

std::string read_whole(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

/// Stands before the real file's own state, in memory that SQLite gives.
struct LossyDisk::File {
    sqlite3_file base;
    LossyDisk* disk;
    std::string* path;

    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct LossyDisk::Methods {
    static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) { return of(file)->real(); }
    static bool dead(sqlite3_file* file) { return of(file)->disk->dead_; }
    static LossyDisk* disk(sqlite3_vfs* vfs) { return static_cast<LossyDisk*>(vfs->pAppData); }

    static int close(sqlite3_file* file) {
        const int code = real(file)->pMethods->xClose(real(file));
        delete of(file)->path;
        return code;
    }
    static int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
        return dead(file) ? SQLITE_IOERR_READ : real(file)->pMethods->xRead(real(file), into, size, offset);
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
        if (dead(file)) {
            return SQLITE_IOERR_WRITE;
        }
        of(file)
            ->disk->unsynced(*of(file)->path)
            .changes.push_back(
                {false, offset, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
        return real(file)->pMethods->xWrite(real(file), from, size, offset);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        if (dead(file)) {
            return SQLITE_IOERR_TRUNCATE;
        }
        of(file)->disk->unsynced(*of(file)->path).changes.push_back({true, size, {}});
        return real(file)->pMethods->xTruncate(real(file), size);
    }
    static int sync(sqlite3_file* file, int /*flags*/) { return of(file)->disk->sync(*of(file)->path); }
    static int size(sqlite3_file* file, sqlite3_int64* bytes) {
        return real(file)->pMethods->xFileSize(real(file), bytes);
    }
    static int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
    static int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
    static int reserved(sqlite3_file* file, int* held) {
        return real(file)->pMethods->xCheckReservedLock(real(file), held);
    }
    static int control(sqlite3_file* file, int code, void* argument) {
        return real(file)->pMethods->xFileControl(real(file), code, argument);
    }
    static int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
    static int device(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
    static int map(sqlite3_file* file, int page, int bytes, int extend, void volatile** memory) {
        return real(file)->pMethods->xShmMap(real(file), page, bytes, extend, memory);
    }
    static int shared_lock(sqlite3_file* file, int offset, int count, int flags) {
        return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
    }
    static void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
    static int unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* given) {
        static const sqlite3_io_methods methods = {
            2,        &close,       &read,   &write, &truncate,    &sync,    &size,  &lock,   &unlock, &reserved,
            &control, &sector_size, &device, &map,   &shared_lock, &barrier, &unmap, nullptr, nullptr};
        auto* const self = of(file);
        std::memset(self, 0, sizeof(File));
        if (disk(vfs)->dead_) {
            return SQLITE_CANTOPEN;
        }
        const int code = disk(vfs)->real_->xOpen(disk(vfs)->real_, name, self->real(), flags, given);
        if (code == SQLITE_OK) {
            self->base.pMethods = &methods;
            self->disk = disk(vfs);
            self->path = new std::string(name != nullptr ? name : "");
        }
        return code;
    }
    static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
        if (disk(vfs)->dead_) {
            return SQLITE_IOERR_DELETE;
        }
        disk(vfs)->files_.erase(name);
        return disk(vfs)->real_->xDelete(disk(vfs)->real_, name, sync_folder);
    }
    static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
        return disk(vfs)->real_->xAccess(disk(vfs)->real_, name, flags, result);
    }
    static int full_path(sqlite3_vfs* vfs, const char* name, int size, char* into) {
        return disk(vfs)->real_->xFullPathname(disk(vfs)->real_, name, size, into);
    }
};

LossyDisk::LossyDisk() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.zName = "lossy";
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.xOpen = &Methods::open;
    vfs_.xDelete = &Methods::remove;
    vfs_.xAccess = &Methods::access;
    vfs_.xFullPathname = &Methods::full_path;
    sqlite3_vfs_register(&vfs_, 1);
}

LossyDisk::~LossyDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
}

void LossyDisk::fail_at(std::uint64_t sync) {
    syncs_ = 0;
    fails_at_ = sync;
}

LossyDisk::Unsynced& LossyDisk::unsynced(const std::string& path) {
    const auto found = files_.find(path);
    return found != files_.end() ? found->second : files_.emplace(path, Unsynced{read_whole(path), {}}).first->second;
}

int LossyDisk::sync(const std::string& path) {
    if (dead_) {
        return SQLITE_IOERR_FSYNC;
    }
    if (++syncs_ == fails_at_) {
        dead_ = true;
        return SQLITE_IOERR_FSYNC;
    }
    files_.erase(path);
    return SQLITE_OK;
}

void LossyDisk::come_back(double kept, std::uint32_t seed) {
    std::minstd_rand random(seed);
    std::uniform_real_distribution<double> chance;
    for (const auto& [path, file] : files_) {
        std::string content = file.content;
        for (const auto& change : file.changes) {
            if (chance(random) >= kept) {
                continue;
            }
            if (change.truncates) {
                content.resize(static_cast<std::size_t>(change.offset));
                continue;
            }
            std::size_t size = change.bytes.size();
            if (kept < 1 && chance(random) < 0.3) {  // the power failed within it
                size = random() % (size / sector + 1) * sector;
            }
            const auto offset = static_cast<std::size_t>(change.offset);
            content.resize(std::max(content.size(), offset + size));
            content.replace(offset, size, change.bytes, 0, size);
        }
        std::ofstream stream(path, std::ios::binary | std::ios::trunc);
        stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    files_.clear();
    fails_at_ = 0;
    dead_ = false;
}

}  // namespace tributary::testing
