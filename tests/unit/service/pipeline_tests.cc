#include "service/agent/pipeline.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "tests/unit/service/scripted_run.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr std::size_t many = 120;  // groups; some 10 jobs

/// "1", "2", … up to `last`.
std::vector<std::string> numbers(std::size_t last) {
    std::vector<std::string> all;
    for (std::size_t i = 1; i <= last; ++i) {
        all.push_back(std::to_string(i));
    }
    return all;
}

LogConfiguration silent() {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::none;
    return configuration;
}

void fill(ScriptedRun& run, std::size_t count, std::size_t rows_of_large = 2000, std::size_t rows_of_small = 10) {
    for (std::size_t i = 1; i <= count; ++i) {
        run.groups.push_back(large_group(rows_of_large, rows_of_small, static_cast<unsigned>(i)));
    }
}

void check_all_queued_once(const ScriptedRun& run, std::size_t last) {
    const auto expected = numbers(last);
    for (const std::string stream : {"large", "small"}) {
        const auto queued = run.groups_queued(stream);
        BOOST_CHECK_EQUAL_COLLECTIONS(queued.begin(), queued.end(), expected.begin(), expected.end());
    }
    std::uint64_t rows = 0;
    for (const auto& chunk : run.outbox.list(100'000)) {
        rows += chunk.rows;
    }
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < last; ++i) {
        for (const auto& batch : run.groups[i].rows) {
            given += batch.texts.size();
        }
    }
    BOOST_TEST(rows == given);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pipeline_tests)

BOOST_AUTO_TEST_CASE(chunks_are_committed_in_the_order_of_the_source_however_many_workers) {
    for (const unsigned workers : {1U, 4U}) {
        ScriptedRun run;
        run.workers = workers;
        fill(run, many);
        const auto report = run.run();
        BOOST_TEST((report.state == RunState::complete));
        BOOST_TEST(run.chunks_of("large").size() > 5U);
        check_all_queued_once(run, many);
        BOOST_TEST(run.outbox.checkpoint("feed") == std::to_string(many));
    }
}

BOOST_AUTO_TEST_CASE(the_chunks_of_all_streams_are_cut_at_the_same_group) {
    ScriptedRun run;
    fill(run, many);
    run.run();
    const auto large = run.chunks_of("large");
    const auto small = run.chunks_of("small");
    BOOST_REQUIRE(large.size() == small.size());
    BOOST_REQUIRE(large.size() > 5U);
    for (std::size_t i = 0; i < large.size(); ++i) {
        const auto here = run.groups_in(large[i].id);
        const auto there = run.groups_in(small[i].id);
        BOOST_CHECK_EQUAL_COLLECTIONS(here.begin(), here.end(), there.begin(), there.end());
    }
}

BOOST_AUTO_TEST_CASE(the_source_is_told_only_of_what_is_durable_and_of_all_of_it_in_the_end) {
    ScriptedRun run;
    fill(run, many);
    std::size_t seen = 0;
    run.before_group = [&](std::size_t) {
        for (; seen < run.script.committed.size(); ++seen) {
            const auto told = std::stoul(run.script.committed[seen]);
            BOOST_TEST(told <= std::stoul("0" + run.outbox.checkpoint("feed")));
        }
    };
    run.run();
    BOOST_REQUIRE(!run.script.committed.empty());
    BOOST_TEST(run.script.committed.back() == std::to_string(many));
    BOOST_TEST(std::is_sorted(run.script.committed.begin(), run.script.committed.end(),
                              [](const auto& a, const auto& b) { return std::stoul(a) < std::stoul(b); }));
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_in_the_middle_goes_on_where_the_queue_stands) {
    ScriptedRun run;
    fill(run, many);
    run.failing_group = 77;
    const auto failed = run.run();
    BOOST_TEST((failed.state == RunState::failed));
    BOOST_TEST(failed.message.find("the source is not there now") != std::string::npos);
    const auto reached = std::stoul("0" + run.outbox.checkpoint("feed"));
    BOOST_TEST(reached < 77U);
    BOOST_TEST(reached > 0U);
    check_all_queued_once(run, reached);
    BOOST_TEST((run.outbox.runs(1).front().state == RunState::failed));

    run.failing_group = 0;
    BOOST_TEST((run.run().state == RunState::complete));
    BOOST_TEST(run.script.started.back() == std::to_string(reached));
    check_all_queued_once(run, many);
}

BOOST_AUTO_TEST_CASE(a_stop_leaves_nothing_half_done) {
    ScriptedRun run;
    fill(run, many);
    bool stop = false;
    run.before_group = [&](std::size_t group) { stop = group == 50; };
    const auto report = run.run([&] { return stop; });
    BOOST_TEST((report.state == RunState::interrupted));
    const auto reached = std::stoul("0" + run.outbox.checkpoint("feed"));
    BOOST_TEST(reached == 50U);
    check_all_queued_once(run, reached);

    run.before_group = [](std::size_t) {};
    stop = false;
    BOOST_TEST((run.run().state == RunState::complete));
    check_all_queued_once(run, many);
}

BOOST_AUTO_TEST_CASE(a_schema_that_the_policy_does_not_fit_stops_the_run_before_its_rows) {
    ScriptedRun run;
    fill(run, 4, 3, 3);
    run.groups[2].rows[1].columns = {"group", "other"};
    const auto report = run.run();
    BOOST_TEST((report.state == RunState::failed));
    BOOST_TEST(report.message.find("text") != std::string::npos);
    BOOST_TEST(report.message.find("policy.yaml") != std::string::npos);
    check_all_queued_once(run, std::stoul("0" + run.outbox.checkpoint("feed")));
    for (const auto& group : run.groups_queued("large")) {
        BOOST_TEST(std::stoul(group) < 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_field_more_in_the_source_does_not_leave) {
    ScriptedRun run;
    fill(run, 2, 3, 3);
    run.groups[1].rows[0].columns = {"group", "text", "surname"};
    BOOST_TEST((run.run().state == RunState::complete));
    check_all_queued_once(run, 2);
    for (const auto& chunk : run.chunks_of("large")) {
        BOOST_TEST(run.outbox.manifest(chunk.id).find("surname") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_full_queue_stops_the_run_and_the_rest_comes_later) {
    ScriptedRun small_disk(8U << 20U);
    fill(small_disk, many);
    const auto failed = small_disk.run();
    BOOST_TEST((failed.state == RunState::failed));
    BOOST_TEST(failed.message.find("queue.db") != std::string::npos);
    const auto reached = std::stoul("0" + small_disk.outbox.checkpoint("feed"));
    BOOST_TEST(reached > 0U);
    BOOST_TEST(reached < many);
    check_all_queued_once(small_disk, reached);
    BOOST_TEST(small_disk.outbox.verify().empty());
}

BOOST_AUTO_TEST_CASE(a_source_without_room_ends_its_run_where_it_may_not_wait_and_goes_on_there) {
    Log log(silent());
    ScriptedRun run;
    fill(run, many);
    run.space = std::make_shared<QueueSpace>(
        SpaceLimits{4U << 20U, 0}, [&] { return run.outbox.used_bytes(); }, [] { return std::uint64_t{1}; }, log);
    run.waits_for_space = false;
    const auto paused = run.run();
    BOOST_TEST((paused.state == RunState::interrupted));
    BOOST_TEST(paused.out_of_space);
    BOOST_TEST(paused.message.find("quota") != std::string::npos);
    const auto reached = std::stoul("0" + run.outbox.checkpoint("feed"));
    BOOST_TEST(reached > 0U);
    BOOST_TEST(reached < many);
    check_all_queued_once(run, reached);
    BOOST_TEST(run.outbox.used_bytes() < 10U << 20U);  // what was under way went in
    run.space = nullptr;
    BOOST_TEST((run.run().state == RunState::complete));
    check_all_queued_once(run, many);
}

BOOST_AUTO_TEST_CASE(a_source_waits_for_room_and_is_not_asked_meanwhile) {
    Log log(silent());
    ScriptedRun run;
    fill(run, many);
    std::atomic<std::uint64_t> used{0};
    std::atomic<std::size_t> asked{0};
    std::atomic<std::size_t> looks{0};
    std::size_t asked_at_first_look = 0;
    run.before_group = [&](std::size_t group) {
        asked = group;
        if (group == many / 2) {
            used = 2ULL << 30U;
        }
    };
    run.space = std::make_shared<QueueSpace>(
        SpaceLimits{1U << 30U, 0},
        [&] {
            if (used > 0U && ++looks == 1) {
                asked_at_first_look = asked;
            }
            if (looks == 4U && used > 0U) {
                BOOST_TEST(asked == asked_at_first_look);
                used = 0;
            }
            return used.load();
        },
        [] { return 1ULL << 40U; }, log);
    BOOST_TEST((run.run().state == RunState::complete));
    BOOST_TEST(looks == 4U);
    check_all_queued_once(run, many);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_for_room) {
    Log log(silent());
    ScriptedRun run;
    fill(run, 3);
    std::atomic<int> looks{0};
    run.space = std::make_shared<QueueSpace>(
        SpaceLimits{1U << 30U, 0},
        [&] {
            ++looks;
            return 2ULL << 30U;
        },
        [] { return 1ULL << 40U; }, log);
    BOOST_TEST((run.run([&] { return looks > 2; }).state == RunState::interrupted));
    BOOST_TEST(run.outbox.list(10).empty());
}

BOOST_AUTO_TEST_CASE(what_was_left_out_is_counted_even_where_no_row_is_left) {
    ScriptedRun run;
    run.groups = {{{}, {{1, 3}}}, {{{0, {"a"}}}, {{0, 2}}}};
    const auto report = run.run();
    BOOST_TEST((report.state == RunState::complete));
    BOOST_TEST(report.quality.at("small").rejected.at("ragged_row") == 3U);
    BOOST_TEST(report.quality.at("large").rejected.at("ragged_row") == 2U);
    BOOST_TEST(report.quality.at("large").rows == 1U);
    BOOST_TEST(run.outbox.runs(1).front().rejected == 5U);
    BOOST_TEST(run.chunks_of("small").size() == 1U);  // its manifest tells the repository
    BOOST_TEST(run.chunks_of("small").front().rows == 0U);
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_tidy_up_loses_nothing) {
    ScriptedRun run;
    run.script.commit_status = TRIBUTARY_FAILED;
    fill(run, 5, 5, 5);
    BOOST_TEST((run.run().state == RunState::complete));
    check_all_queued_once(run, 5);
    BOOST_TEST((run.run().state == RunState::complete));
    check_all_queued_once(run, 5);
}

BOOST_AUTO_TEST_CASE(a_run_without_groups_is_recorded_where_it_is_wanted) {
    ScriptedRun run;
    run.record_empty_runs = false;
    BOOST_TEST(run.run().run.empty());
    BOOST_TEST(run.outbox.runs(10).empty());
    run.record_empty_runs = true;
    BOOST_TEST(!run.run().run.empty());
    BOOST_TEST(run.outbox.runs(10).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
