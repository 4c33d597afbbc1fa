#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "plugins/csv/options.h"

namespace tributary::csv {

/// What is known of a file in the drop folder, in this content.
enum class Verdict {
    open,        ///< to be taken once it has settled
    handed_out,  ///< all of it was given to the host, not all is committed
    taken,       ///< committed
    held,        ///< see HeldFile
    refused,     ///< cannot be read as it is; nothing of it was given to the host
    next_run     ///< could not be opened, or did not keep still; tried again in the next run
};

struct WatchedFile {
    FileStamp stamp;
    std::chrono::steady_clock::time_point since;  ///< unchanged
    std::size_t stream = 0;
    Verdict verdict = Verdict::open;
    bool complained = false;  ///< the log has it
};

/// The files of a drop folder that belong to a stream, and since when each of them has been still. Remembers verdicts
/// for as long as a file does not change, so that nothing is read twice to learn the same. One thread.
class DropFolder {
  public:
    using Files = std::map<std::string, WatchedFile>;
    using Complain = std::function<void(TributaryLevel, const std::string&)>;

    DropFolder(FileSystem& files, Clock& clock, const SourceOptions& options, Complain complain);

    /// Looks at the folder. Throws Error if it cannot be listed.
    void look();
    /// Whether look() is due: something may have settled by now, or a second has passed.
    bool due_for_look() const;
    /// A new run: what was not committed is open again, and what could not be opened is tried again.
    void rewind();

    /// The first by name that is open and has settled.
    Files::iterator ready();
    Files::iterator find(const std::string& name) { return watched_.find(name); }
    Files::iterator end() noexcept { return watched_.end(); }
    Files& files() noexcept { return watched_; }
    /// Whether a file is open and has not settled yet.
    bool waiting() const;

    /// It is not what it was: its time begins anew. Without a settle time it waits for the next run, else a file that
    /// grows all the time would be looked at all the time.
    void unsettle(const std::string& name);

    std::filesystem::path path_of(const std::string& name) const;

  private:
    std::optional<std::size_t> stream_of(const std::string& name);
    bool settled(const std::string& name, const WatchedFile& file) const;
    void see(const std::string& name, std::size_t stream, Files& seen);

    FileSystem& files_;
    Clock& clock_;
    const SourceOptions& options_;
    Complain complain_;
    Files watched_;
    std::set<std::string> passed_over_;  // complained of: links, names that fit two streams or are no text
    std::set<std::string> done_;         // data files whose done file is there
    std::chrono::steady_clock::time_point looked_{};
};

}  // namespace tributary::csv
