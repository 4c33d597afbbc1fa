#include "plugins/csv/drop_folder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "plugins/csv/name_pattern.h"

namespace tributary::csv {

namespace {
constexpr std::chrono::milliseconds look_interval{1000};
}

DropFolder::DropFolder(FileSystem& files, Clock& clock, const SourceOptions& options, Complain complain)
    : files_(files), clock_(clock), options_(options), complain_(std::move(complain)) {}

std::filesystem::path DropFolder::path_of(const std::string& name) const {
    return options_.folder / path_from_utf8(name);
}

std::optional<std::size_t> DropFolder::stream_of(const std::string& name) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < options_.streams.size(); ++i) {
        if (!fits(options_.streams[i].files, name)) {
            continue;
        }
        if (found) {
            if (passed_over_.insert(name).second) {
                complain_(TRIBUTARY_LOG_ERROR,
                          "'" + name + "' fits the patterns of streams '" + options_.streams[*found].name + "' and '" +
                              options_.streams[i].name + "' and is not taken; change one of the patterns");
            }
            return std::nullopt;
        }
        found = i;
    }
    return found;
}

void DropFolder::look() {
    const auto names = files_.list(options_.folder);
    done_.clear();
    if (!options_.done_file.empty()) {
        for (const auto& name : names) {
            if (name.ends_with(options_.done_file)) {
                done_.insert(name.substr(0, name.size() - options_.done_file.size()));
            }
        }
    }
    Files seen;
    std::set<std::string> still_passed_over;
    for (const auto& name : names) {
        const bool is_done_file = !options_.done_file.empty() && name.ends_with(options_.done_file);
        if (is_passed_over(name) || is_done_file) {
            continue;
        }
        if (const auto stream = stream_of(name)) {
            see(name, *stream, seen);
        }
        if (passed_over_.count(name) > 0) {
            still_passed_over.insert(name);
        }
    }
    watched_ = std::move(seen);
    passed_over_ = std::move(still_passed_over);
    looked_ = clock_.steady();
}

void DropFolder::see(const std::string& name, std::size_t stream, Files& seen) {
    if (find_invalid_utf8(name) != std::string::npos) {
        if (passed_over_.insert(name).second) {
            complain_(TRIBUTARY_LOG_ERROR, "a file of stream '" + options_.streams[stream].name +
                                               "' has a name that is not valid UTF-8 and is not taken; rename it");
        }
        return;
    }
    WatchedFile file;
    try {
        file.stamp = files_.stamp(path_of(name));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) {
            return;  // it went away since the folder was listed
        }
        throw;
    }
    if (!file.stamp.regular) {
        if (passed_over_.insert(name).second) {
            complain_(TRIBUTARY_LOG_WARNING,
                      "'" + name + "' is not a plain file (a link, a folder, a pipe) and is passed over");
        }
        return;
    }
    file.stream = stream;
    file.since = clock_.steady();
    const auto known = watched_.find(name);
    seen.emplace(name, known != watched_.end() && known->second.stamp == file.stamp ? known->second : file);
}

bool DropFolder::due_for_look() const {
    const auto now = clock_.steady();
    return now - looked_ >= look_interval || std::any_of(watched_.begin(), watched_.end(), [&](const auto& entry) {
               return entry.second.verdict == Verdict::open && looked_ < entry.second.since + options_.settle &&
                      now >= entry.second.since + options_.settle;
           });
}

void DropFolder::rewind() {
    for (auto& [name, file] : watched_) {
        if (file.verdict == Verdict::handed_out || file.verdict == Verdict::next_run) {
            file.verdict = Verdict::open;
        }
    }
}

bool DropFolder::settled(const std::string& name, const WatchedFile& file) const {
    if (!options_.done_file.empty()) {
        return done_.count(name) > 0;
    }
    return clock_.steady() - file.since >= options_.settle;
}

DropFolder::Files::iterator DropFolder::ready() {
    return std::find_if(watched_.begin(), watched_.end(), [&](const auto& entry) {
        return entry.second.verdict == Verdict::open && settled(entry.first, entry.second);
    });
}

bool DropFolder::waiting() const {
    // A file whose done file is not there is not expected within this run.
    return options_.done_file.empty() && std::any_of(watched_.begin(), watched_.end(), [](const auto& entry) {
               return entry.second.verdict == Verdict::open;
           });
}

void DropFolder::unsettle(const std::string& name) {
    if (options_.settle.count() > 0 && options_.done_file.empty()) {
        watched_.erase(name);  // seen as new by the next look, whatever its stamp is by then
        return;
    }
    if (const auto file = watched_.find(name); file != watched_.end()) {
        file->second.verdict = Verdict::next_run;
    }
}

}  // namespace tributary::csv
