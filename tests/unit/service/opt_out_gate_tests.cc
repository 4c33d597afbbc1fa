#include "service/agent/opt_out_gate.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/outbox/test_chunks.h"
#include "tests/unit/service/scripted_run.h"

using namespace tributary;
using namespace tributary::test;
using tributary::testing::SetClock;

namespace {

constexpr const char* anna = "9434765919";
constexpr const char* bert = "9434765870";

/// Rows of one person each, whose pseudonym leaves.
struct Listed : ScriptedRun {
    Listed() {
        policy_fields = "  group: keep\n  text: {action: pseudonym, type: nhs_number, key: k, domain: d, as: person}\n";
        policy_rest = "opt_out: {field: text, lists: opt-outs.txt, max_age: 7d, empty_lists: true}\n";
        std::array<std::uint8_t, LinkageKey::size> bytes{};
        keys.add(LinkageKey("k", 1, bytes));
        opt_out_clock = &clock;
        list("");
    }
    void list(const std::string& lines) {
        std::ofstream(folder.path() / "opt-outs.txt") << lines;
        // A second write within the file system's own grain of time must be seen too.
        std::filesystem::last_write_time(
            folder.path() / "opt-outs.txt",
            std::chrono::file_clock::from_sys(clock.now() + std::chrono::seconds(++lists_)));
    }
    void group(const std::vector<std::string>& people) { groups.push_back({{{0, people, {"group", "text"}}}, {}}); }
    /// "records 2", "retraction 1", ...
    std::vector<std::string> queued() {
        std::vector<std::string> found;
        for (const auto& chunk : chunks_of("large")) {
            const bool retraction = parse_manifest(outbox.manifest(chunk.id)).kind == ChunkKind::retraction;
            found.push_back((retraction ? "retraction " : "records ") + std::to_string(chunk.rows));
        }
        return found;
    }
    void check(const std::vector<std::string>& expected) {
        const auto found = queued();
        BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
    }
    SetClock clock{};

  private:
    int lists_ = 0;
};

/// Does something each time that somebody asks how late it is.
class AskedClock final : public Clock {
  public:
    explicit AskedClock(Clock& real) : real_(real) {}
    std::function<void(int asked)> when_asked = [](int) {};
    TimePoint now() const override { return real_.now(); }
    std::chrono::steady_clock::time_point steady() const override {
        when_asked(++asked_);
        return real_.steady();
    }
    bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  std::chrono::milliseconds duration, const std::function<bool()>& ready) override {
        return real_.wait_for(condition, lock, duration, ready);
    }

  private:
    Clock& real_;
    mutable int asked_ = 0;
};

std::vector<OptOutChange> changes_of_large(const RunReport& report) {
    auto changes = report.opt_out_changes;
    std::erase_if(changes, [](const OptOutChange& change) { return change.stream != "large"; });
    return changes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opt_out_gate_tests)

BOOST_AUTO_TEST_CASE(a_list_that_changes_while_a_source_runs_stands_between_what_was_read_before_and_after) {
    Listed run;
    for (int i = 0; i < 6; ++i) {
        run.group({anna, bert});
    }
    run.before_group = [&](std::size_t group) {
        if (group == 4) {
            run.list(std::string(anna) + "\n");
            run.clock.advance(OptOutGate::interval);
        }
    };
    const auto report = run.run();
    BOOST_TEST((report.state == RunState::complete), report.message);
    run.check({"records 6", "retraction 1", "records 3"});
    const auto changes = changes_of_large(report);
    BOOST_REQUIRE(changes.size() == 2U);  // the first list, and the change
    BOOST_TEST(changes[0].retracted == 0U);
    BOOST_TEST(changes[1].listed == 1U);
    BOOST_TEST(changes[1].retracted == 1U);
    BOOST_TEST(report.chunks == 3U);
}

BOOST_AUTO_TEST_CASE(a_retraction_never_comes_between_two_batches_of_a_group) {
    Listed run;
    run.groups.push_back({{{0, {anna}, {"group", "text"}}, {0, {bert}, {"group", "text"}}}, {}});
    run.groups.push_back({{{0, {anna}, {"group", "text"}}, {0, {bert}, {"group", "text"}}}, {}});
    bool in_first_group = false;
    int asked_in_it = 0;
    AskedClock asked(run.clock);
    asked.when_asked = [&](int) {
        // Asked once more than once a group, it would be another list for the group's second batch.
        if (in_first_group && ++asked_in_it == 2) {
            run.list(std::string(anna) + "\n");
            run.clock.advance(OptOutGate::interval);
        }
    };
    run.before_group = [&](std::size_t) { in_first_group = true; };
    run.opt_out_clock = &asked;
    const auto report = run.run();
    BOOST_TEST((report.state == RunState::complete), report.message);
    run.check({"records 2", "retraction 1", "records 1"});
}

BOOST_AUTO_TEST_CASE(who_is_newly_listed_is_retracted_though_nothing_else_is_sent) {
    Listed run;
    run.group({anna, bert});
    run.run();
    run.record_empty_runs = false;
    BOOST_TEST(run.run().chunks == 0U);
    run.list(std::string(anna) + "\n");
    const auto report = run.run();
    BOOST_TEST(report.chunks == 1U);
    BOOST_TEST(!report.run.empty());
    run.check({"records 2", "retraction 1"});
    BOOST_TEST(run.run().chunks == 0U);  // once
    run.list("");
    BOOST_TEST(run.run().chunks == 0U);  // opting in again retracts nobody
    run.list(std::string(anna) + "\n" + bert + "\n");
    run.run();
    run.check({"records 2", "retraction 1", "retraction 2"});
}

BOOST_AUTO_TEST_CASE(of_a_stream_that_never_sent_anything_nobody_is_retracted) {
    Listed run;
    run.list(std::string(anna) + "\n");
    run.group({bert});
    const auto report = run.run();
    run.check({"records 1"});
    BOOST_REQUIRE(changes_of_large(report).size() == 1U);
    BOOST_TEST(changes_of_large(report)[0].listed == 1U);
}

BOOST_AUTO_TEST_CASE(opt_outs_that_come_to_a_stream_later_are_retracted_from_what_it_sent_before) {
    Listed run;
    const auto with_opt_outs = run.policy_rest;
    run.policy_rest.clear();
    run.group({anna, bert});
    run.run();
    run.policy_rest = with_opt_outs;
    run.list(std::string(anna) + "\n");
    run.run();
    run.check({"records 2", "retraction 1"});
}

BOOST_AUTO_TEST_CASE(a_list_that_is_gone_stops_the_stream_when_it_has_rows_and_not_before) {
    Listed run;
    std::filesystem::remove(run.folder.path() / "opt-outs.txt");
    BOOST_TEST((run.run().state == RunState::complete));
    run.group({anna});
    const auto report = run.run();
    BOOST_TEST((report.state == RunState::failed));
    BOOST_TEST(report.message.find("opt-outs.txt") != std::string::npos, report.message);
    run.check({});
}

BOOST_AUTO_TEST_SUITE_END()
