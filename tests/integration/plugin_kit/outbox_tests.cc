// A listening source through the agent's real pipeline into the real queue: a sender is answered only after its record
// is durable, many records share a commit, and a restart in the middle loses and doubles none.

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "agent/deidentify/policy.h"
#include "service/agent/pipeline.h"
#include "tests/integration/plugin_kit/senders.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::plugin_kit;

namespace {

constexpr int senders_count = 24;
constexpr std::uint64_t records_each = 40;

std::shared_ptr<const CompiledPolicy> keep_all(const std::string& stream, const std::string& third) {
    Diagnostics diagnostics;
    const auto text =
        "policy: 1\nstream: " + stream + "\nfields:\n  sender: keep\n  number: keep\n  " + third + ": keep\n";
    auto policy = compile_policy(parse_yaml(text, "policy.yaml"), LinkageKeys(), system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

LogConfiguration silence() {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::none;
    return configuration;
}

/// The agent around one listening source.
struct ListeningAgent {
    tributary::testing::TemporaryFolder folder;
    tributary::testing::Identity recipient = tributary::testing::p256_identity("repository");
    Log log{silence()};
    Outbox outbox{folder.path() / "queue.db", "RVW", system_clock()};
    RunProgress progress;
    PipelineSetup setup{"ward_feed",
                        {{"messages", keep_all("messages", "text"), RecordFormat::ndjson},
                         {"parts", keep_all("parts", "part"), RecordFormat::ndjson}},
                        2,
                        false};

    ListeningAgent() { outbox.use_open_chunks(recipient.certificate, {recipient.certificate, recipient.key}); }

    /// Runs until `stop` says so.
    RunReport run(const std::function<bool()>& stop) {
        SourceHost host;
        host.stopping = stop;
        host.marked = [this](std::string_view mark) { return outbox.marked("ward_feed", mark); };
        const std::filesystem::path library = TRIBUTARY_LISTENER_PLUGIN;
        Source source(Plugin::load(library.parent_path(), "listener"), host, "{}",
                      {{"messages", "{}"}, {"parts", "{}"}});
        return Pipeline(setup, {recipient.certificate, recipient.certificate}, outbox, system_clock(), log)
            .run(source, stop, progress);
    }

    std::uint64_t rows(const std::string& stream) const {
        std::uint64_t rows = 0;
        for (const auto& chunk : outbox.list(100'000)) {
            rows += chunk.stream == stream ? chunk.rows : 0;
        }
        return rows;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outbox_tests)

BOOST_AUTO_TEST_CASE(senders_wait_for_commits_that_many_records_share) {
    ListeningAgent agent;
    std::atomic<int> answered_too_early{0};
    // The other side's own view: what is answered is durable.
    const auto answered = [&](const std::string& sender, std::uint64_t number) {
        const auto mark = "listener-record/" + sender + "/" + std::to_string(number);
        answered_too_early += agent.outbox.marked("ward_feed", mark) ? 0 : 1;
    };
    const std::uint64_t all = senders_count * records_each;
    {
        const Senders senders(TRIBUTARY_LISTENER_PLUGIN, senders_count, records_each, answered);
        // Restarted a few times on the way, as if the agent had died: what waits for an answer is sent again.
        for (const std::uint64_t until : {all / 4, all / 2, all}) {
            const auto report = agent.run([&] { return senders.acknowledged() >= until; });
            BOOST_CHECK_MESSAGE(report.state == RunState::interrupted, report.message);
        }
        BOOST_CHECK_EQUAL(senders.acknowledged(), all);
    }
    BOOST_CHECK_EQUAL(answered_too_early.load(), 0);
    BOOST_CHECK_EQUAL(agent.rows("messages"), all);
    BOOST_CHECK_EQUAL(agent.rows("parts"), 2 * all);
    const auto chunks = agent.outbox.list(100'000);
    const auto commits = static_cast<std::uint64_t>(std::count_if(
        chunks.begin(), chunks.end(), [](const QueuedChunk& chunk) { return chunk.stream == "messages"; }));
    BOOST_TEST_MESSAGE(all << " records in " << commits << " commits");
    BOOST_CHECK_LT(commits, all / 2);
    BOOST_CHECK(agent.outbox.verify().empty());
}

BOOST_AUTO_TEST_CASE(what_trickles_in_is_durable_at_once_and_few_chunks_in_the_end) {
    ListeningAgent agent;
    agent.setup.open_chunk_age = std::chrono::milliseconds(500);
    std::atomic<int> answered_too_early{0};
    const auto answered = [&](const std::string& sender, std::uint64_t number) {
        const auto mark = "listener-record/" + sender + "/" + std::to_string(number);
        answered_too_early += agent.outbox.marked("ward_feed", mark) ? 0 : 1;
    };
    const std::uint64_t all = senders_count * records_each;
    {
        const Senders senders(TRIBUTARY_LISTENER_PLUGIN, senders_count, records_each, answered);
        // One run whose end closes what is open, and one that waits until its age does.
        BOOST_CHECK(agent.run([&] { return senders.acknowledged() >= all / 2; }).state == RunState::interrupted);
        const auto before = agent.outbox.list(100'000).size();
        BOOST_CHECK_EQUAL(before, 2U);
        const auto report =
            agent.run([&] { return senders.acknowledged() >= all && agent.progress.chunks_queued > before; });
        BOOST_CHECK_MESSAGE(report.state == RunState::interrupted, report.message);
        BOOST_CHECK_EQUAL(senders.acknowledged(), all);
    }
    BOOST_CHECK_EQUAL(answered_too_early.load(), 0);
    BOOST_CHECK_EQUAL(agent.outbox.totals().open_rows, 0U);
    BOOST_CHECK_EQUAL(agent.rows("messages"), all);
    BOOST_CHECK_EQUAL(agent.rows("parts"), 2 * all);
    BOOST_CHECK_EQUAL(agent.progress.rows_queued.load(), 3 * all);
    const auto chunks = agent.outbox.list(100'000).size();
    BOOST_TEST_MESSAGE(all << " records in " << chunks << " chunks");
    BOOST_CHECK_LT(chunks, 20U);
    BOOST_CHECK_EQUAL(agent.progress.chunks_queued.load(), chunks);
    BOOST_CHECK(agent.outbox.verify().empty());
}

BOOST_AUTO_TEST_SUITE_END()
