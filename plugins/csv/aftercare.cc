#include "plugins/csv/aftercare.h"

#include <utility>

#include "agent/platform/error.h"

namespace tributary::csv {

Aftercare::Aftercare(FileSystem& files, const SourceOptions& options, Warn warn)
    : files_(files), options_(options), warn_(std::move(warn)) {}

void Aftercare::plan(std::uint64_t sequence, const std::string& name, const FileStamp& stamp) {
    planned_.push_back({sequence, name, stamp});
}

void Aftercare::committed(std::uint64_t sequence, const std::function<void(const std::string&)>& done) {
    while (!planned_.empty() && planned_.front().sequence <= sequence) {
        const Planned next = std::move(planned_.front());
        planned_.pop_front();
        tidy(next.name, next.stamp);
        done(next.name);
    }
}

std::filesystem::path Aftercare::free_name(const std::string& name) {
    auto path = options_.moved_to / path_from_utf8(name);
    for (int suffix = 2; files_.exists(path); ++suffix) {
        path = options_.moved_to / path_from_utf8(name + "." + std::to_string(suffix));
    }
    return path;
}

void Aftercare::move(const std::string& name) {
    const auto from = options_.folder / path_from_utf8(name);
    if (files_.exists(from)) {
        files_.rename(from, free_name(name));
    }
}

void Aftercare::tidy(const std::string& name, const FileStamp& stamp) {
    if (options_.afterwards == Afterwards::leave) {
        return;
    }
    const auto path = options_.folder / path_from_utf8(name);
    const auto done_file = options_.done_file.empty() ? std::string() : name + options_.done_file;
    try {
        // Another file may have got the name by now; it has its own turn.
        if (!files_.exists(path) || files_.stamp(path) != stamp) {
            return;
        }
        if (options_.afterwards == Afterwards::move) {
            files_.create_folders(options_.moved_to);
            move(name);
            if (!done_file.empty()) {
                move(done_file);
            }
            files_.sync_folder(options_.moved_to);
        } else {
            files_.remove(path);
            const auto done_path = options_.folder / path_from_utf8(done_file);
            if (!done_file.empty() && files_.exists(done_path)) {
                files_.remove(done_path);
            }
        }
        files_.sync_folder(options_.folder);
    } catch (const Error& error) {
        warn_("'" + name + "' was taken and is safely queued, but could not be " +
              (options_.afterwards == Afterwards::move ? "moved" : "deleted") + " (" + error.what() +
              "); it will not be taken again");
    }
}

}  // namespace tributary::csv
