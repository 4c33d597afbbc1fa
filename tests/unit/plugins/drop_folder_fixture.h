#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "plugins/csv/csv_source.h"
#include "tests/unit/platform/temporary_folder.h"
#include "tests/unit/plugins/tables.h"

namespace tributary::csv::test {

/// Time that passes only when somebody waits.
class ManualClock final : public Clock {
  public:
    TimePoint now() const override { return TimePoint(std::chrono::milliseconds(time_.count())); }
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(time_);
    }
    bool wait_for(std::condition_variable&, std::unique_lock<std::mutex>&, std::chrono::milliseconds duration,
                  const std::function<bool()>& ready) override {
        time_ += duration;
        if (while_waiting) {
            while_waiting();
        }
        return ready();
    }
    void pass(std::chrono::milliseconds duration) { time_ += duration; }

    std::function<void()> while_waiting;

  private:
    std::chrono::milliseconds time_{1'000'000};
};

/// The host's side: what was logged, what is marked.
struct RecordingHost {
    RecordingHost() {
        host.size = sizeof host;
        host.abi = TRIBUTARY_PLUGIN_ABI;
        host.context = this;
        host.log = [](void* context, TributaryLevel level, TributaryText text) {
            static_cast<RecordingHost*>(context)->log.emplace_back(level, sdk::as_view(text));
        };
        host.secret = [](void*, TributaryText, TributaryText*) { return 0; };
        host.stopping = [](void* context) { return static_cast<RecordingHost*>(context)->stop ? 1 : 0; };
        host.marked = [](void* context, TributaryText mark) {
            return static_cast<int>(static_cast<RecordingHost*>(context)->marks.count(std::string(sdk::as_view(mark))));
        };
    }
    bool logged(const std::string& part) const {
        return std::any_of(log.begin(), log.end(),
                           [&](const auto& line) { return line.second.find(part) != std::string::npos; });
    }
    std::size_t count(TributaryLevel level) const {
        return static_cast<std::size_t>(
            std::count_if(log.begin(), log.end(), [&](const auto& line) { return line.first == level; }));
    }

    TributaryHost host{};
    std::vector<std::pair<TributaryLevel, std::string>> log;
    std::set<std::string> marks;
    bool stop = false;
};

/// A drop folder, a CSV source on it, and an agent that commits when told to.
class DropFolderFixture {
  public:
    DropFolderFixture() {
        options.folder = folder.path() / "in";
        options.moved_to = options.folder / "taken";
        std::filesystem::create_directories(options.folder);
        options.streams.push_back({"admissions", "adm*", {}});
        options.streams.push_back({"wards", "ward*", {}});
        options.limits.batch_rows = 4;
    }

    void drop(const std::string& name, const std::string& content) const { folder.write("in/" + name, content); }
    bool is_there(const std::string& name) const { return std::filesystem::exists(options.folder / name); }
    std::string taken(const std::string& name) const { return folder.read("in/taken/" + name); }

    /// As after a restart of the agent: what was not committed is lost.
    void open() {
        source.reset();
        source = std::make_unique<CsvSource>(sdk::Host(host.host), options, *files, clock);
        pending.clear();
    }

    void start() {
        pending.clear();
        source->start(checkpoint);
    }

    /// One call; on Outcome::group its rows are put behind `rows` and the group waits to be committed.
    sdk::Outcome read() {
        sdk::Group group;
        const auto outcome = source->read(std::chrono::milliseconds(200), group);
        if (outcome == sdk::Outcome::group) {
            pending.push_back({group.checkpoint, group.marks, {}});
            for (const auto& batch : group.batches) {
                for (const auto& row : rows_of(batch.array)) {
                    pending.back().rows.push_back(batch.origin + ":" + line_of(row));
                }
                last_first_row = batch.first_row;
                schemas += batch.schema.release != nullptr ? 1 : 0;
            }
            for (const auto& rejection : group.rejections) {
                pending.back().rejected += rejection.count;
            }
        }
        return outcome;
    }

    /// The oldest `count` groups become durable, and the source is told so.
    void commit(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            make_durable();
        }
        source->commit(checkpoint);
    }

    /// Durable, but the agent died before it told the source.
    void make_durable() {
        auto group = std::move(pending.front());
        pending.erase(pending.begin());
        checkpoint = group.checkpoint;
        host.marks.insert(group.marks.begin(), group.marks.end());
        rows.insert(rows.end(), group.rows.begin(), group.rows.end());
        rejected += group.rejected;
    }

    /// Reads to the end of the run and commits all.
    void run() {
        start();
        for (int calls = 0; calls < 100'000; ++calls) {
            const auto outcome = read();
            if (outcome == sdk::Outcome::end) {
                if (!pending.empty()) {
                    commit(pending.size());
                }
                return;
            }
        }
        throw std::runtime_error("the run does not end");
    }

    struct Pending {
        std::string checkpoint;
        std::vector<std::string> marks;
        std::vector<std::string> rows;
        std::uint64_t rejected = 0;
    };

    TemporaryFolder folder;
    SourceOptions options;
    ManualClock clock;
    RecordingHost host;
    FileSystem* files = &system_files();
    std::unique_ptr<CsvSource> source;
    std::string checkpoint;         ///< the last durable one
    std::vector<Pending> pending;   ///< read and not durable
    std::vector<std::string> rows;  ///< durable
    std::uint64_t rejected = 0;     ///< durable
    std::uint64_t last_first_row = 0;
    int schemas = 0;
};

/// n rows "1|x".
inline std::string numbered(int from, int to) {
    std::string content = "id,text\n";
    for (int i = from; i <= to; ++i) {
        content += std::to_string(i) + ",x\n";
    }
    return content;
}

inline std::vector<std::string> numbered_rows(const std::string& origin, int from, int to) {
    std::vector<std::string> rows;
    for (int i = from; i <= to; ++i) {
        rows.push_back(origin + ":" + std::to_string(i) + "|x");
    }
    return rows;
}

}  // namespace tributary::csv::test
