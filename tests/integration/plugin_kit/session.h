#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "agent/source/source.h"
#include "tests/integration/plugin_kit/contract.h"

namespace tributary::plugin_kit {

/// What stays when the agent is restarted: marks, the checkpoint, the rows.
struct Durable {
    std::string checkpoint;
    std::vector<std::string> rows;
    std::mutex mutex;
    std::set<std::string> marks;
};

/// Raises what a check found.
class Fault : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What the log of all sessions holds.
struct KitLog {
    std::mutex mutex;
    std::vector<std::string> lines;
};

/// One open source, driven through the agent's own C++ face, with a host that remembers.
class Session {
  public:
    Session(const Subject& subject, std::shared_ptr<const Plugin> plugin, Durable& durable, KitLog& log);

    Source& source() { return *source_; }
    void start() { source_->start(durable_.checkpoint); }
    /// One read; a group that came waits in pending().
    Source::ReadResult read(std::chrono::milliseconds timeout = std::chrono::milliseconds(50));
    /// The oldest `count` groups become durable, without a word to the plugin.
    void make_durable(std::size_t count);
    /// As make_durable, and the plugin is told of the last one.
    void commit(std::size_t count);
    std::size_t pending() const noexcept { return pending_.size(); }
    std::size_t groups() const noexcept { return groups_; }
    std::uint64_t rows() const noexcept { return rows_; }

    std::atomic<bool> stop{false};

  private:
    struct Pending {
        std::string checkpoint;
        std::vector<std::string> marks;
        std::vector<std::string> rows;
    };
    const Subject& subject_;
    Durable& durable_;
    std::unique_ptr<Source> source_;
    std::vector<Pending> pending_;
    std::size_t groups_ = 0;
    std::uint64_t rows_ = 0;
};

}  // namespace tributary::plugin_kit
