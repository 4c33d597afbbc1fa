#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "agent/platform/file.h"
#include "plugins/csv/options.h"

namespace tributary::csv {

/// What is done with files once all of their rows are committed: move, delete or leave. A failure is a warning: the
/// file's digest is marked, so it is never taken again. One thread.
class Aftercare {
  public:
    using Warn = std::function<void(const std::string&)>;

    Aftercare(FileSystem& files, const SourceOptions& options, Warn warn);

    /// To be done when the group of this sequence is committed.
    void plan(std::uint64_t sequence, const std::string& name, const FileStamp& stamp);
    /// Does what is planned up to this sequence; `done` is told the name of each.
    void committed(std::uint64_t sequence, const std::function<void(const std::string&)>& done);
    /// Nothing of what was planned was committed.
    void forget() noexcept { planned_.clear(); }
    /// At once. A file that is not what it was when it was read is left alone.
    void tidy(const std::string& name, const FileStamp& stamp);

  private:
    struct Planned {
        std::uint64_t sequence = 0;
        std::string name;
        FileStamp stamp;
    };
    void move(const std::string& name);
    std::filesystem::path free_name(const std::string& name);

    FileSystem& files_;
    const SourceOptions& options_;
    Warn warn_;
    std::deque<Planned> planned_;
};

}  // namespace tributary::csv
