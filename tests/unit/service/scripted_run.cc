#include "tests/unit/service/scripted_run.h"

#include <zstd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <sstream>

#include "agent/deidentify/policy.h"
#include "agent/keys/envelope.h"

namespace tributary::test {
namespace {

LogConfiguration silence() {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::none;
    return configuration;
}

std::shared_ptr<const CompiledPolicy> policy_of(const std::string& stream, const std::string& fields,
                                                const std::filesystem::path& folder, const LinkageKeys& keys) {
    Diagnostics diagnostics;
    const auto file = (folder / "policy.yaml").string();
    auto policy = compile_policy(parse_yaml("policy: 1\nstream: " + stream + "\nfields:\n" + fields, file), keys,
                                 system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

}  // namespace

ScriptedRun::ScriptedRun(std::uint64_t maximum_queue_bytes)
    : outbox(folder.path() / "queue.db", "RVW", system_clock(), Outbox::Mode::write, maximum_queue_bytes),
      log_(silence()) {
    script.read = [this](TributaryGroup& group, TributaryError& error) { return give(group, error); };
}

TributaryStatus ScriptedRun::give(TributaryGroup& group, TributaryError& error) {
    if (next_ == failing_group) {
        std::strcpy(error.message, "the source is not there now");
        return TRIBUTARY_UNAVAILABLE;
    }
    if (next_ > groups.size()) {
        return TRIBUTARY_END;
    }
    before_group(next_);
    checkpoint_ = std::to_string(next_);
    batches_.clear();
    rejections_.clear();
    for (const auto& rows : groups[next_ - 1].rows) {
        sdk::Utf8BatchBuilder builder(rows.columns.size(), rows.texts.size());
        for (const auto& text : rows.texts) {
            builder.put(0, checkpoint_);
            for (std::size_t column = 1; column < rows.columns.size(); ++column) {
                // Not the same in two columns: what one drops and another keeps is held back.
                builder.put(column, column == 1 ? text : "something else");
            }
            builder.finish_row();
        }
        TributaryBatch batch{};
        batch.stream = rows.stream;
        batch.first_row = 1;
        batch.array = builder.finish();
        batch.schema = sdk::utf8_schema(rows.columns);
        batches_.push_back(batch);
    }
    for (const auto& [stream, count] : groups[next_ - 1].rejected) {
        rejections_.push_back({stream, 1, count, ScriptedPlugin::text("ragged_row")});
    }
    group.batches = batches_.data();
    group.batch_count = batches_.size();
    group.rejections = rejections_.data();
    group.rejection_count = rejections_.size();
    group.checkpoint = {checkpoint_.data(), checkpoint_.size()};
    ++next_;
    return TRIBUTARY_OK;
}

RunReport ScriptedRun::run(const std::function<bool()>& stop) {
    const auto checkpoint = outbox.checkpoint("feed");
    next_ = checkpoint.empty() ? 1 : std::stoul(checkpoint) + 1;
    SourceHost host;
    host.stopping = stop;
    host.marked = [](std::string_view) { return false; };
    host.log = [](TributaryLevel, std::string_view) {};
    Source source(Plugin::from_table(&table_, "scripted"), host, "{}", {{"large", "{}"}, {"small", "{}"}});
    const auto made = [this](const char* stream) {
        return policy_of(stream, policy_fields + policy_rest, folder.path(), keys);
    };
    PipelineSetup setup{
        "feed",
        {{"large", made("large"), RecordFormat::ndjson}, {"small", made("small"), RecordFormat::ndjson}},
        workers,
        record_empty_runs};
    setup.opt_outs = std::make_shared<OptOutGate>(setup.streams, system_files(), *opt_out_clock);
    setup.space = space;
    setup.waits_for_space = waits_for_space;
    RunProgress progress;
    return Pipeline(setup, {recipient.certificate, recipient.certificate}, outbox, system_clock(), log_)
        .run(source, stop, progress);
}

std::string ScriptedRun::opened(const std::string& chunk_id) const {
    const auto compressed =
        open_sealed(outbox.payload(chunk_id), recipient.certificate, recipient.key, ChunkBuilder::maximum_sealed_bytes);
    std::string plain(32U << 20U, '\0');  // a job has 5 MiB of values
    const auto used = ZSTD_decompress(plain.data(), plain.size(), compressed.data(), compressed.size());
    BOOST_REQUIRE(ZSTD_isError(used) == 0U);
    plain.resize(used);
    return plain;
}

std::vector<std::string> ScriptedRun::groups_in(const std::string& chunk_id) const {
    const std::string before = "{\"group\":\"";
    std::vector<std::string> found;
    std::istringstream lines(opened(chunk_id));
    for (std::string line; std::getline(lines, line);) {
        BOOST_REQUIRE(line.starts_with(before));
        auto group = line.substr(before.size(), line.find('"', before.size()) - before.size());
        if (found.empty() || found.back() != group) {
            found.push_back(std::move(group));
        }
    }
    return found;
}

std::vector<QueuedChunk> ScriptedRun::chunks_of(const std::string& stream) const {
    auto chunks = outbox.list(100'000);
    std::erase_if(chunks, [&](const QueuedChunk& chunk) { return chunk.stream != stream; });
    std::sort(chunks.begin(), chunks.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    return chunks;
}

std::vector<std::string> ScriptedRun::groups_queued(const std::string& stream) const {
    std::vector<std::string> found;
    for (const auto& chunk : chunks_of(stream)) {
        for (auto& group : groups_in(chunk.id)) {
            if (found.empty() || found.back() != group) {
                found.push_back(std::move(group));
            }
        }
    }
    return found;
}

ScriptedGroup large_group(std::size_t rows_of_large, std::size_t rows_of_small, unsigned seed) {
    std::mt19937 random(seed);
    // Without digits: what looks like an identifier would be held back.
    const auto texts = [&](std::size_t count) {
        std::vector<std::string> made(count, std::string(200, ' '));
        for (auto& text : made) {
            std::generate(text.begin(), text.end(), [&] { return static_cast<char>('A' + random() % 58); });
        }
        return made;
    };
    return {{{0, texts(rows_of_large)}, {1, texts(rows_of_small)}}, {}};
}

}  // namespace tributary::test
