// The agent around the real CSV plugin and a real queue, on a clock that runs as fast as the agent waits.
#include "service/agent/agent.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

/// Moves on whenever somebody waits, by ten minutes at most, and asks for a stop at `end`.
class LeapingClock final : public Clock {
  public:
    LeapingClock(const std::string& begin, const std::string& end)
        : now_(from_rfc3339(begin).time_since_epoch().count()), end_(from_rfc3339(end)) {}

    TimePoint now() const override { return TimePoint(std::chrono::milliseconds(now_.load())); }
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_.load()));
    }
    bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  std::chrono::milliseconds duration, const std::function<bool()>& ready) override {
        constexpr std::chrono::milliseconds longest = std::chrono::minutes(10);
        now_ += std::min(duration, longest).count();
        // The other threads of the agent get their turn before time goes on.
        return condition.wait_for(lock, std::chrono::microseconds(200), ready);
    }
    bool at_end() const { return now() >= end_; }

  private:
    std::atomic<std::int64_t> now_;
    TimePoint end_;
};

struct Site {
    TemporaryFolder folder;
    Log log{[] {
        LogConfiguration configuration;
        configuration.target = LogConfiguration::Target::none;
        return configuration;
    }()};

    explicit Site(const std::string& schedule) {
        const auto identity = p256_identity("RVW");
        for (const std::string name : {"authority", "certificate", "encryption", "signing"}) {
            folder.write(name + ".pem", identity.certificate.to_pem());
        }
        folder.write("site.key", identity.key.to_pem());
        folder.write("policy.yaml", "policy: 1\nstream: admissions\nfields:\n  ward: keep\n");
        std::filesystem::create_directories(folder.path() / "incoming");
        folder.write("tributary.yaml",
                     "tributary: 1\nsite: RVW\ntime_zone: Europe/London\nfolders: {data: data, keys: keys, plugins: " +
                         std::filesystem::path(TRIBUTARY_CSV_PLUGIN).parent_path().string() +
                         "}\n"
                         "repository: {url: \"https://localhost:1\", authority: authority.pem, certificate: "
                         "certificate.pem,\n"
                         "  private_key: site.key, encryption_certificate: encryption.pem, signing_certificate: "
                         "signing.pem}\n"
                         "upload: {schedule: {at: \"12:00\"}}\n"
                         "sources:\n  hospital:\n    plugin: csv\n    schedule: " +
                         schedule +
                         "\n    options: {folder: incoming, settle: 0s}\n    streams:\n"
                         "      admissions: {policy: policy.yaml, options: {files: \"*.csv\"}}\n");
    }

    void drop(const std::string& name, const std::string& text) const { folder.write("incoming/" + name, text); }

    /// The certificates are of today, whatever the agent will take the time to be.
    std::unique_ptr<Installation> load() const {
        Diagnostics diagnostics;
        auto installation =
            Installation::load(folder.path() / "tributary.yaml", {}, system_files(), system_clock(), diagnostics);
        diagnostics.throw_if_errors();
        return installation;
    }

    /// Runs the agent from the one moment to the other; when its runs began, in order.
    std::vector<std::string> runs_between(const std::string& begin, const std::string& end) {
        LeapingClock clock(begin, end);
        const auto installation = load();
        Agent agent(*installation, clock, log);
        agent.run([&] { return clock.at_end(); });
        std::vector<std::string> began;
        for (const auto& run : agent.outbox().runs(1000)) {
            began.insert(began.begin(), to_rfc3339(run.started));
        }
        return began;
    }
};

/// One run began in each of the quarters of an hour that begin then, and no other.
void check_runs(const std::vector<std::string>& began, const std::vector<std::string>& due) {
    BOOST_TEST_CONTEXT("runs at " << [&] {
        std::string all;
        for (const auto& run : began) {
            all += run + " ";
        }
        return all;
    }()) {
        BOOST_REQUIRE(began.size() == due.size());
        for (std::size_t i = 0; i < due.size(); ++i) {
            const auto late = from_rfc3339(began[i]) - from_rfc3339(due[i]);
            BOOST_TEST(late.count() >= 0);
            BOOST_TEST((late <= std::chrono::minutes(20)));
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agent_tests)

// Clocks go forward at 01:00 UTC of 29 March 2026: 01:30 is not there, and the run is made good at once.
BOOST_AUTO_TEST_CASE(a_nightly_run_happens_once_in_the_night_that_clocks_go_forward) {
    Site site("{at: \"01:30\"}");
    check_runs(site.runs_between("2026-03-27T12:00:00.000Z", "2026-03-30T12:00:00.000Z"),
               {"2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"});
}

// Clocks go back at 01:00 UTC of 25 October 2026: 01:30 is there twice.
BOOST_AUTO_TEST_CASE(a_nightly_run_happens_once_in_the_night_that_clocks_go_back) {
    Site site("{at: \"01:30\"}");
    check_runs(site.runs_between("2026-10-23T12:00:00.000Z", "2026-10-26T12:00:00.000Z"),
               {"2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"});
}

BOOST_AUTO_TEST_CASE(a_run_missed_while_the_agent_was_off_is_made_good_once) {
    Site site("{at: \"02:00\"}");
    check_runs(site.runs_between("2026-01-10T12:00:00.000Z", "2026-01-11T12:00:00.000Z"), {"2026-01-11T02:00:00.000Z"});
    check_runs(site.runs_between("2026-01-15T12:00:00.000Z", "2026-01-16T12:00:00.000Z"),
               {"2026-01-11T02:00:00.000Z", "2026-01-15T12:00:00.000Z", "2026-01-16T02:00:00.000Z"});
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_is_tried_again_with_growing_pauses) {
    Site site("{every: 1h}");
    const auto installation = site.load();
    std::filesystem::remove_all(site.folder.path() / "incoming");
    LeapingClock clock("2026-01-10T12:00:00.000Z", "2026-01-11T18:00:00.000Z");
    {
        LogConfiguration to_file;
        to_file.target = LogConfiguration::Target::file;
        to_file.file = site.folder.path() / "agent.log";
        Log log(to_file);
        Agent agent(*installation, clock, log);
        agent.run([&] { return clock.at_end(); });
    }
    std::ifstream file(site.folder.path() / "agent.log");
    std::size_t failed = 0;
    for (std::string line; std::getline(file, line);) {
        failed += line.find("run failed") != std::string::npos ? 1U : 0U;
    }
    // 10 s, 20 s, 40 s … up to 15 minutes, a day long; at once and without end would be thousands. Fewer where a run is
    // slow: this clock goes on meanwhile.
    BOOST_TEST(failed > 10U);
    BOOST_TEST(failed < 200U);
}

BOOST_AUTO_TEST_CASE(two_agents_cannot_have_one_data_folder) {
    Site site("{watch: 5s}");
    const auto installation = site.load();
    const Agent first(*installation, system_clock(), site.log);
    BOOST_CHECK_EXCEPTION(Agent(*installation, system_clock(), site.log), Error,
                          [](const Error& error) { return error.code() == ErrorCode::in_use; });
}

BOOST_AUTO_TEST_CASE(what_is_due_is_queued_and_waits_for_a_repository_that_is_down) {
    Site site("{watch: 5s}");
    site.drop("monday.csv", "ward,surname\nW1,Sharples\nW2,Ogden\n");
    const auto installation = site.load();
    Agent agent(*installation, system_clock(), site.log);
    RunProgress progress;
    std::atomic<std::uint64_t> delivered{0};
    const auto work = agent.run_once(
        true, [] { return false; }, progress, delivered);
    BOOST_TEST(!work.any_failed);
    BOOST_TEST(work.runs.at("hospital").quality.at("admissions").rows == 2U);
    BOOST_TEST(progress.rows_queued == 2U);
    BOOST_TEST(delivered == 0U);
    BOOST_TEST(agent.outbox().totals().queued_chunks == 1U);
    // Again: nothing new, nothing doubled.
    agent.run_once(
        false, [] { return false; }, progress, delivered);
    BOOST_TEST(agent.outbox().totals().queued_chunks == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
