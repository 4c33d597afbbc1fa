#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/telemetry/log.h"
#include "service/agent/pipeline.h"
#include "tests/unit/keys/test_certificates.h"
#include "tests/unit/source/scripted_plugin.h"

namespace tributary::test {

/// Columns `group` and `text`: which group a row belongs to, and something that does not compress.
struct ScriptedRows {
    std::uint32_t stream = 0;
    std::vector<std::string> texts;
    std::vector<std::string> columns = {"group", "text"};
};

struct ScriptedGroup {
    std::vector<ScriptedRows> rows;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> rejected;  ///< stream, count
};

/// A source of numbered groups (from 1) that goes on behind the checkpoint it is started with, and a queue that its
/// runs are committed to. Streams are `large` and `small`.
class ScriptedRun {
  public:
    explicit ScriptedRun(std::uint64_t maximum_queue_bytes = 0);

    std::vector<ScriptedGroup> groups;
    std::function<void(std::size_t group)> before_group = [](std::size_t) {};
    /// The group in place of which the source says that it is unavailable; 0 for none.
    std::size_t failing_group = 0;
    std::string policy_fields = "  group: keep\n  text: keep\n";
    /// Beside the fields; its files stand in `folder`.
    std::string policy_rest;
    LinkageKeys keys;
    /// Of the opt-outs, which are looked at anew every ten seconds.
    Clock* opt_out_clock = &system_clock();
    unsigned workers = 2;
    bool record_empty_runs = true;
    std::shared_ptr<QueueSpace> space;
    bool waits_for_space = true;

    RunReport run(const std::function<bool()>& stop = [] { return false; });

    /// The numbers of the groups whose rows a chunk holds, in its rows' order, repeats left out.
    std::vector<std::string> groups_in(const std::string& chunk_id) const;
    /// Chunks of a stream in the order of their sequence numbers.
    std::vector<QueuedChunk> chunks_of(const std::string& stream) const;
    /// Groups in all chunks of a stream, in order, repeats left out.
    std::vector<std::string> groups_queued(const std::string& stream) const;

    ScriptedPlugin script;
    testing::TemporaryFolder folder;
    testing::Identity recipient = testing::p256_identity("repository");
    Outbox outbox;

  private:
    TributaryStatus give(TributaryGroup& group, TributaryError& error);
    std::string opened(const std::string& chunk_id) const;

    TributaryPlugin table_ = ScriptedPlugin::table();
    Log log_;
    std::vector<TributaryBatch> batches_;
    std::vector<TributaryRejection> rejections_;
    std::string checkpoint_;
    std::size_t next_ = 1;
};

/// Groups of `count` rows of 200 random bytes for each stream: 64 of them make a job and about one chunk.
ScriptedGroup large_group(std::size_t rows_of_large, std::size_t rows_of_small, unsigned seed);

}  // namespace tributary::test
