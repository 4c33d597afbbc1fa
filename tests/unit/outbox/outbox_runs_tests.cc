// What the queue says of runs that are over.
#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_salvage.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    std::unique_ptr<Outbox> outbox = open();

    std::unique_ptr<Outbox> open() { return std::make_unique<Outbox>(folder.file(), "RVW", clock); }
    void commit(const std::string& run, std::vector<SealedChunk> chunks) {
        outbox->commit(commit_of("pas", run, "position", std::move(chunks)));
    }
    RunManifest only_manifest() const {
        const auto runs = outbox->queued_runs(10);
        BOOST_REQUIRE(runs.size() == 1U);
        return parse_run_manifest(outbox->run_manifest(runs[0].id));
    }
    std::string digest_of_last(const std::string& stream) const {
        std::string id;
        for (const auto& chunk : outbox->list(100)) {
            id = chunk.stream == stream ? chunk.id : id;
        }
        return to_hex(sha256(outbox->manifest(id)));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_runs_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_run_that_ends_says_what_belongs_to_it) {
    const auto before = outbox->begin_run("pas");
    commit(before, {chunk_of_size("admissions", 100)});
    outbox->end_run(before, RunState::complete, "");
    outbox->store_run_receipt(before, "receipt");
    const auto run = outbox->begin_run("pas");
    clock.advance(std::chrono::seconds(5));
    commit(run, {chunk_of_size("admissions", 100, 10), chunk_of_size("patients", 100, 7)});
    commit(run, {chunk_of_size("admissions", 100, 5)});
    outbox->commit(RetractionCommit{"pas", run, "admissions", {chunk_of_size("admissions", 100, 2)}, "list"});
    BOOST_TEST(outbox->queued_runs(10).empty());
    outbox->end_run(run, RunState::failed, "the disk of the source failed");
    const auto manifest = only_manifest();
    BOOST_TEST(manifest.id == run);
    BOOST_TEST(manifest.site == "RVW");
    BOOST_TEST(manifest.source == "pas");
    BOOST_TEST((manifest.state == RunState::failed));
    BOOST_TEST((manifest.ended - manifest.began == std::chrono::seconds(5)));
    BOOST_TEST_REQUIRE(manifest.streams.size() == 2U);
    BOOST_TEST(manifest.streams[0].stream == "admissions");
    BOOST_TEST(manifest.streams[0].first == 2U);
    BOOST_TEST(manifest.streams[0].last == 4U);
    BOOST_TEST(manifest.streams[0].rows == 17U);
    BOOST_TEST(manifest.streams[0].queue == outbox->list(1).at(0).queue);
    BOOST_TEST(manifest.streams[0].last_manifest_sha256 == digest_of_last("admissions"));
    BOOST_TEST(manifest.streams[1].last_manifest_sha256 == digest_of_last("patients"));
    BOOST_TEST(manifest.streams[1].chunks() == 1U);
    BOOST_TEST(outbox->verify().empty());
    BOOST_TEST(outbox->check_tables().empty());
}

BOOST_AUTO_TEST_CASE(a_run_without_chunks_has_nothing_to_say) {
    const auto run = outbox->begin_run("pas");
    commit(run, {});
    outbox->end_run(run, RunState::complete, "");
    BOOST_TEST(outbox->queued_runs(10).empty());
    BOOST_TEST(!outbox->next_due());
}

BOOST_AUTO_TEST_CASE(a_run_that_a_crash_cut_is_closed_as_interrupted_when_the_next_begins) {
    const auto run = outbox->begin_run("pas");
    commit(run, {chunk_of_size("admissions", 100)});
    outbox.reset();
    outbox = open();
    outbox->begin_run("pathology");
    BOOST_TEST(outbox->queued_runs(10).empty());
    const auto next = outbox->begin_run("pas");
    const auto manifest = only_manifest();
    BOOST_TEST(manifest.id == run);
    BOOST_TEST((manifest.state == RunState::interrupted));
    commit(next, {chunk_of_size("admissions", 100)});
    outbox->end_run(next, RunState::complete, "");
    BOOST_TEST(parse_run_manifest(outbox->run_manifest(next)).streams.at(0).first == 2U);
}

BOOST_AUTO_TEST_CASE(an_agent_that_starts_closes_what_the_one_before_left) {
    const auto run = outbox->begin_run("pas");
    commit(run, {chunk_of_size("admissions", 100)});
    const auto empty = outbox->begin_run("pathology");
    outbox.reset();
    outbox = open();
    outbox->end_interrupted_runs();
    outbox->end_interrupted_runs();
    BOOST_TEST(only_manifest().id == run);
    for (const auto& each : outbox->runs(10)) {
        BOOST_TEST((each.state == RunState::interrupted));
    }
    BOOST_CHECK_THROW(outbox->end_run(empty, RunState::complete, ""), Error);
}

BOOST_AUTO_TEST_CASE(a_manifest_waits_is_set_aside_tried_again_and_discarded) {
    const auto run = outbox->begin_run("pas");
    commit(run, {chunk_of_size("admissions", 100)});
    outbox->store_receipt(outbox->list(1).at(0).id, "receipt");
    outbox->end_run(run, RunState::complete, "");
    BOOST_TEST((*outbox->next_due() <= clock.now()));
    outbox->record_run_attempt(run, "out of reach", clock.now() + std::chrono::minutes(5));
    BOOST_TEST(outbox->due_runs(clock.now(), 10).empty());
    BOOST_TEST((*outbox->next_due() == clock.now() + std::chrono::minutes(5)));
    // An hour that a clock ahead has set counts for nothing.
    outbox->record_run_attempt(run, "out of reach", clock.now() + std::chrono::hours(24 * 365));
    BOOST_TEST(outbox->due_runs(clock.now(), 10).size() == 1U);
    BOOST_TEST((*outbox->next_due() == clock.now()));
    outbox->record_run_attempt(run, "out of reach", clock.now() + std::chrono::hours(2));
    outbox->end_waits();
    BOOST_TEST(outbox->due_runs(clock.now(), 10).at(0).attempts == 3U);
    BOOST_CHECK_THROW(outbox->discard(run), Error);
    outbox->quarantine_run(run, "no such thing here");
    BOOST_TEST(outbox->due_runs(clock.now(), 10).empty());
    BOOST_TEST(outbox->totals().quarantined_runs == 1U);
    outbox->retry(run);
    BOOST_TEST(outbox->due_runs(clock.now(), 10).size() == 1U);
    outbox->quarantine_run(run, "no such thing here");
    outbox->discard(run);
    BOOST_TEST(outbox->queued_runs(10).empty());
    BOOST_CHECK_THROW(outbox->retry(run), Error);
    BOOST_CHECK_THROW(outbox->store_run_receipt(run, "receipt"), Error);
}

BOOST_AUTO_TEST_CASE(what_changed_in_the_file_is_found) {
    const auto run = outbox->begin_run("pas");
    commit(run, {chunk_of_size("admissions", 100)});
    Connection other(folder.file());
    other.execute("UPDATE run_streams SET rows = rows + 1");
    BOOST_TEST(outbox->check_tables().size() == 1U);
    BOOST_CHECK_THROW(outbox->end_run(run, RunState::complete, ""), Error);
    BOOST_TEST(outbox->damaged());
    other.execute("UPDATE run_streams SET rows = rows - 1");
    outbox = open();
    outbox->end_run(run, RunState::complete, "");
    other.execute("UPDATE run_manifests SET manifest = replace(manifest, 'complete', 'complfte')");
    BOOST_CHECK_THROW(outbox->run_manifest(run), Error);
    BOOST_TEST(outbox->verify().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_told_of_a_damaged_file_is_text) {
    const auto run = outbox->begin_run("pas");
    commit(run, {chunk_of_size("admissions", 100)});
    outbox->end_run(run, RunState::complete, "");
    Connection other(folder.file());
    other.execute("UPDATE chunks SET id = id || CAST(X'B30A' AS TEXT)");
    other.execute("UPDATE run_manifests SET run = run || CAST(X'1B9B' AS TEXT)");
    const auto faults = outbox->verify();
    BOOST_TEST(faults.size() == 2U);
    for (const auto& fault : faults) {
        BOOST_TEST((find_invalid_utf8(fault) == std::string_view::npos));
        BOOST_TEST(fault.find_first_of("\x1b\n") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(salvage_keeps_what_runs_have_brought_and_said) {
    const auto delivered = outbox->begin_run("pathology");
    outbox->commit(commit_of("pathology", delivered, "position", {chunk_of_size("results", 100)}));
    outbox->end_run(delivered, RunState::complete, "");
    outbox->store_run_receipt(delivered, "receipt");
    const auto over = outbox->begin_run("radiology");
    outbox->commit(commit_of("radiology", over, "position", {chunk_of_size("reports", 100)}));
    outbox->end_run(over, RunState::complete, "");
    const auto said = outbox->run_manifest(over);
    const auto cut = outbox->begin_run("pas");
    commit(cut, {chunk_of_size("admissions", 100)});
    const auto queue = outbox->list(1).at(0).queue;
    outbox.reset();
    const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
    BOOST_TEST(salvage.lost.empty());
    outbox = open();
    BOOST_TEST(outbox->run_manifest(over) == said);
    BOOST_TEST(outbox->queued_runs(10).size() == 1U);
    const auto next = outbox->begin_run("pas");
    const auto manifest = parse_run_manifest(outbox->run_manifest(cut));
    BOOST_TEST((manifest.state == RunState::interrupted));
    BOOST_TEST(manifest.streams.at(0).queue == queue);
    commit(next, {chunk_of_size("admissions", 100)});
    outbox->end_run(next, RunState::complete, "");
    BOOST_TEST(parse_run_manifest(outbox->run_manifest(next)).streams.at(0).queue != queue);
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_SUITE_END()
