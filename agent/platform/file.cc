#include "agent/platform/file.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "agent/platform/system_error.h"

namespace tributary {
namespace {

/// Unique among the processes of this machine and the threads of this one. What a crash leaves under such a name is
/// never taken for the real file, nor overwritten by a later process that has got the same process id.
std::filesystem::path temporary_name(FileSystem& files, const std::filesystem::path& path) {
    static std::atomic<std::uint32_t> counter{0};
    for (;;) {
        std::filesystem::path name(".");
        name += path.filename();
        name += std::string(".").append(std::to_string(process_id()));
        name += std::string("-").append(std::to_string(counter.fetch_add(1))).append(".tmp");
        std::filesystem::path candidate = path.parent_path() / name;
        if (!files.exists(candidate)) {
            return candidate;
        }
    }
}

void write_whole(FileSystem& files, const std::filesystem::path& path, std::string_view bytes, Privacy privacy) {
    const std::unique_ptr<WritableFile> file = files.create(path, privacy);
    file->write(bytes);
    file->sync();
    file->close();
}

}  // namespace

std::string read_file(FileSystem& files, const std::filesystem::path& path, std::uint64_t limit) {
    const std::unique_ptr<ReadableFile> file = files.open_for_reading(path);
    std::string content;
    std::array<char, 64U << 10U> block;
    // Never by the size that the file system states: a file may grow, and some (/proc) state none.
    while (const std::size_t count = file->read(block)) {
        if (count > limit - content.size()) {
            throw Error(ErrorCode::limit, quoted(path) + " is larger than the " + std::to_string(limit) +
                                              " bytes allowed for such a file");
        }
        content.append(block.data(), count);
    }
    return content;
}

void write_file_durably(FileSystem& files, const std::filesystem::path& path, std::string_view bytes, Privacy privacy) {
    const std::filesystem::path temporary = temporary_name(files, path);
    try {
        write_whole(files, temporary, bytes, privacy);
        files.rename(temporary, path);
    } catch (...) {
        try {
            files.remove(temporary);
        } catch (const Error&) {
            // The first failure is the one to report; it may be that nothing was created at all.
        }
        throw;
    }
    files.sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

}  // namespace tributary
