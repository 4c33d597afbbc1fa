#include "agent/outbox/outbox.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/keys/digest.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

template <typename Call>
std::string error_of(ErrorCode code, Call call) {
    try {
        call();
    } catch (const Error& error) {
        BOOST_TEST((error.code() == code), error.what());
        return error.what();
    }
    BOOST_ERROR("nothing was thrown");
    return {};
}

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    std::unique_ptr<Outbox> outbox = open();

    std::unique_ptr<Outbox> open() { return std::make_unique<Outbox>(folder.file(), "RVW", clock); }
    void reopen() {
        outbox.reset();
        outbox = open();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_new_queue_is_empty) {
    BOOST_TEST(outbox->checkpoint("pas").empty());
    BOOST_TEST(!outbox->marked("pas", "mark"));
    BOOST_TEST(!outbox->last_completed("pas"));
    BOOST_TEST(outbox->list(10).empty());
    BOOST_TEST(outbox->runs(10).empty());
    BOOST_TEST(outbox->totals().queued_chunks == 0U);
    BOOST_TEST(!outbox->totals().oldest);
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_CASE(the_queue_file_is_for_its_owner_only_and_set_up_as_designed) {
    const auto run = outbox->begin_run("pas");
    for (const auto* const name : {"queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"}) {
        BOOST_TEST(std::filesystem::exists(folder.path() / name));
#ifdef _WIN32
        // SQLite makes its companions with the rights of the folder, which the installer keeps to the agent's account.
        if (std::string_view(name) != "queue.sqlite") {
            continue;
        }
#endif
        BOOST_TEST(!why_not_private(folder.path() / name).has_value());
    }
    Connection other(folder.file());
    BOOST_TEST(other.integer("PRAGMA application_id") == 0x54726962);
    BOOST_TEST(other.integer("PRAGMA auto_vacuum") == 2);
    BOOST_TEST(other.integer("PRAGMA page_size") == 16384);
    BOOST_TEST(other.integer("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'") == 1);
}

BOOST_AUTO_TEST_CASE(chunks_and_checkpoint_are_there_after_a_commit_and_a_restart) {
    const auto run = outbox->begin_run("pas");
    const auto first = chunk_of_size("admissions", 100'000);
    const auto second = chunk_of_size("patients", 1'000);
    auto commit = commit_of("pas", run, std::string("check\0point", 11), {first, second});
    commit.marks = {"digest one", std::string("digest\0two", 10)};
    outbox->commit(commit);
    reopen();
    BOOST_TEST(outbox->checkpoint("pas") == std::string("check\0point", 11));
    BOOST_TEST(outbox->checkpoint("lab").empty());
    BOOST_TEST((outbox->payload(first.manifest.id) == first.sealed));
    BOOST_TEST((outbox->payload(second.manifest.id) == second.sealed));
    BOOST_TEST(outbox->marked("pas", "digest one"));
    BOOST_TEST(outbox->marked("pas", std::string("digest\0two", 10)));
    BOOST_TEST(!outbox->marked("pas", "digest"));
    BOOST_TEST(!outbox->marked("lab", "digest one"));
    const auto totals = outbox->totals();
    BOOST_TEST(totals.queued_chunks == 2U);
    BOOST_TEST(totals.queued_bytes == 101'000U);
    BOOST_TEST((totals.oldest == first.manifest.created));
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_CASE(a_commit_without_chunks_moves_the_checkpoint_only) {
    const auto run = outbox->begin_run("pas");
    auto commit = commit_of("pas", run, "one", {});
    commit.totals.rejected = {{"ragged_row", 3}, {"invalid_encoding", 2}};
    outbox->commit(commit);
    outbox->commit(commit_of("pas", run, "two", {}));
    BOOST_TEST(outbox->checkpoint("pas") == "two");
    BOOST_TEST(outbox->list(10).empty());
    BOOST_TEST(outbox->runs(1).at(0).rejected == 5U);
}

BOOST_AUTO_TEST_CASE(sequence_and_chain_go_on_across_streams_and_restarts) {
    const auto run = outbox->begin_run("pas");
    std::vector<SealedChunk> admissions, patients;
    for (int i = 0; i < 3; ++i) {
        admissions.push_back(chunk_of_size("admissions", 2'000));
        patients.push_back(chunk_of_size("patients", 2'000));
        outbox->commit(commit_of("pas", run, std::to_string(i), {admissions.back(), patients.back()}));
        reopen();
    }
    for (const auto& stream : {admissions, patients}) {
        std::string previous;
        std::uint64_t sequence = 1;
        for (const auto& chunk : stream) {
            const auto text = outbox->manifest(chunk.manifest.id);
            const auto manifest = parse_manifest(text);
            BOOST_TEST(manifest.site == "RVW");
            BOOST_TEST(manifest.sequence == sequence);
            BOOST_TEST(manifest.previous == previous);
            previous = to_hex(sha256(text));
            ++sequence;
        }
    }
}

BOOST_AUTO_TEST_CASE(the_chain_goes_on_after_all_was_delivered) {
    const auto run = outbox->begin_run("pas");
    const auto first = chunk_of_size("admissions", 2'000);
    outbox->commit(commit_of("pas", run, "1", {first}));
    const auto digest = to_hex(sha256(outbox->manifest(first.manifest.id)));
    outbox->store_receipt(first.manifest.id, "receipt");
    reopen();
    const auto second = chunk_of_size("admissions", 2'000);
    outbox->commit(commit_of("pas", run, "2", {second}));
    const auto manifest = parse_manifest(outbox->manifest(second.manifest.id));
    BOOST_TEST(manifest.sequence == 2U);
    BOOST_TEST(manifest.previous == digest);
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_in_the_middle_leaves_nothing) {
    const auto run = outbox->begin_run("pas");
    const auto good = chunk_of_size("admissions", 50'000);
    outbox->commit(commit_of("pas", run, "before", {good}));
    auto wrong = chunk_of_size("admissions", 50'000);
    wrong.manifest.policy_sha256 = "not a digest";
    auto commit =
        commit_of("pas", run, "after", {chunk_of_size("admissions", 50'000), wrong, chunk_of_size("patients", 500)});
    commit.marks = {"mark"};
    error_of(ErrorCode::internal, [&] { outbox->commit(commit); });
    BOOST_TEST(outbox->checkpoint("pas") == "before");
    BOOST_TEST(!outbox->marked("pas", "mark"));
    BOOST_TEST(outbox->list(10).size() == 1U);
    BOOST_TEST(outbox->runs(1).at(0).rows == 10U);
    const auto next = chunk_of_size("admissions", 50'000);
    outbox->commit(commit_of("pas", run, "after", {next}));
    BOOST_TEST(parse_manifest(outbox->manifest(next.manifest.id)).sequence == 2U);
}

BOOST_AUTO_TEST_CASE(the_same_chunk_is_never_committed_twice) {
    const auto run = outbox->begin_run("pas");
    const auto chunk = chunk_of_size("admissions", 5'000);
    outbox->commit(commit_of("pas", run, "one", {chunk}));
    const auto message = error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("pas", run, "two", {chunk})); });
    BOOST_TEST((message.find(chunk.manifest.id) != std::string::npos));
    outbox->store_receipt(chunk.manifest.id, "receipt");
    error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("pas", run, "two", {chunk})); });
    BOOST_TEST(outbox->checkpoint("pas") == "one");
}

BOOST_AUTO_TEST_CASE(a_chunk_unlike_its_manifest_is_refused) {
    const auto run = outbox->begin_run("pas");
    auto chunk = chunk_of_size("admissions", 5'000);
    chunk.sealed.pop_back();
    error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("pas", run, "one", {chunk})); });
    error_of(ErrorCode::internal,
             [&] { outbox->commit(commit_of("pas", run, "one", {chunk_of_size("Not A Stream", 500)})); });
    BOOST_TEST(outbox->list(10).empty());
}

BOOST_AUTO_TEST_CASE(a_manifest_too_long_to_be_signed_is_refused) {
    const auto run = outbox->begin_run("pas");
    auto chunk = chunk_of_size("admissions", 5'000);
    for (int i = 0; i < 4000; ++i) {
        chunk.manifest.schema.fields.push_back(
            {"a column with a rather long name " + std::to_string(i), ColumnType::utf8});
    }
    const auto message = error_of(ErrorCode::limit, [&] { outbox->commit(commit_of("pas", run, "one", {chunk})); });
    BOOST_TEST((message.find("admissions") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(another_connection_sees_all_of_a_commit_or_nothing) {
    const auto run = outbox->begin_run("pas");
    outbox->commit(
        commit_of("pas", run, "0", {chunk_of_size("admissions", 300'000), chunk_of_size("patients", 300'000)}));
    std::atomic<bool> done{false};
    std::vector<std::string> faults;
    std::thread reader([&] {
        Connection other(folder.file());
        while (!done) {
            const auto odd = other.integer("SELECT count(*) % 2 FROM chunks");
            const auto apart = other.integer(
                "SELECT (SELECT count(*) FROM chunks) / 2 - 1 <> (SELECT CAST(CAST(checkpoint AS TEXT) AS INTEGER) "
                "FROM "
                "checkpoints) OR (SELECT count(*) FROM chunks) <> (SELECT count(*) FROM payloads)");
            if (odd != 0 || apart != 0) {
                faults.emplace_back("half a commit was seen");
            }
        }
    });
    for (int i = 1; i <= 20; ++i) {
        outbox->commit(commit_of("pas", run, std::to_string(i),
                                 {chunk_of_size("admissions", 300'000), chunk_of_size("patients", 300'000)}));
    }
    done = true;
    reader.join();
    BOOST_TEST(faults.empty());
    BOOST_TEST(outbox->totals().queued_chunks == 42U);
}

BOOST_AUTO_TEST_CASE(a_commit_is_not_seen_before_it_is_whole) {
    const auto run = outbox->begin_run("pas");
    Connection other(folder.file());
    other.execute("BEGIN");
    BOOST_TEST(other.integer("SELECT count(*) FROM chunks") == 0);
    outbox->commit(commit_of("pas", run, "1", {chunk_of_size("admissions", 3'000)}));
    BOOST_TEST(other.integer("SELECT count(*) FROM chunks") == 0);  // its view began before
    other.execute("COMMIT");
    BOOST_TEST(other.integer("SELECT count(*) FROM chunks") == 1);
}

BOOST_AUTO_TEST_CASE(held_rows_are_kept_with_the_chunk_that_they_were_held_back_from) {
    const auto run = outbox->begin_run("pas");
    auto chunk = chunk_of_size("admissions", 100);
    chunk.held = HeldRows{"admissions", {{"nhs_number", 2}, {"phone", 1}}, "sealed to the site"};
    outbox->commit(commit_of("pas", run, "1", {chunk, chunk_of_size("admissions", 100)}));
    reopen();
    const auto held = outbox->held_rows(10);
    BOOST_REQUIRE(held.size() == 1U);
    BOOST_TEST(held[0].stream == "admissions");
    BOOST_TEST(held[0].run == run);
    BOOST_TEST(held[0].rows == 3U);
    BOOST_TEST(held[0].reasons == "nhs_number 2, phone 1");
    BOOST_TEST(outbox->held_rows_sealed(held[0].number) == "sealed to the site");
    BOOST_TEST(outbox->totals().held_rows == 3U);
    BOOST_TEST(outbox->find_held_rows(held[0].number).value().rows == 3U);
    BOOST_TEST(!outbox->find_held_rows(held[0].number + 1));
    error_of(ErrorCode::not_found, [&] { outbox->held_rows_sealed(99); });
}

BOOST_AUTO_TEST_CASE(a_retraction_takes_its_place_in_the_stream_and_the_list_is_remembered_with_it) {
    const auto run = outbox->begin_run("pas");
    BOOST_TEST(!outbox->has_begun("admissions"));
    outbox->commit(commit_of("pas", run, "1", {chunk_of_size("admissions", 100)}));
    BOOST_TEST(outbox->has_begun("admissions"));
    auto retraction = chunk_of_size("admissions", 100);
    retraction.manifest.kind = ChunkKind::retraction;
    outbox->commit(RetractionCommit{"pas", run, "admissions", {retraction}, std::string("sealed\0list", 11)});
    outbox->commit(commit_of("pas", run, "2", {chunk_of_size("admissions", 100)}));
    reopen();
    BOOST_TEST(outbox->remembered_opt_outs("admissions") == std::string("sealed\0list", 11));
    BOOST_TEST(outbox->checkpoint("pas") == "2");
    const auto chunks = outbox->list(10);
    BOOST_REQUIRE(chunks.size() == 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto text = outbox->manifest(chunks[i].id);
        BOOST_TEST(chunks[i].sequence == i + 1);
        BOOST_TEST((parse_manifest(text).kind == ChunkKind::retraction) == (i == 1));
        BOOST_TEST((text.find("kind") != std::string::npos) == (i == 1));
    }
    // All of it or nothing: a second memory does not come without its chunk.
    auto wrong = retraction;
    wrong.manifest.sealed_bytes += 1;
    error_of(ErrorCode::internal, [&] {
        outbox->commit(RetractionCommit{"pas", outbox->begin_run("pas"), "admissions", {wrong}, "another"});
    });
    BOOST_TEST(outbox->remembered_opt_outs("admissions") == std::string("sealed\0list", 11));
}

BOOST_AUTO_TEST_CASE(a_queue_of_the_version_before_is_brought_to_this_one) {
    const auto run = outbox->begin_run("pas");
    outbox->commit(commit_of("pas", run, "1", {chunk_of_size("admissions", 100), chunk_of_size("admissions", 100)}));
    const auto first = outbox->list(10).at(0).id;
    const auto second = outbox->list(10).at(1).id;
    outbox->store_receipt(first, "its receipt");
    outbox.reset();
    {
        Connection other(folder.file());
        // Of version 3 and before: a queue without an id, and the first chunk of it delivered.
        other.execute(
            "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; DROP INDEX chunks_in_state;"
            "ALTER TABLE chunks RENAME TO now; CREATE TABLE chunks (number INTEGER PRIMARY KEY, id TEXT NOT NULL "
            "UNIQUE, stream TEXT NOT NULL REFERENCES streams (stream), sequence INTEGER NOT NULL, rows INTEGER NOT "
            "NULL, sealed_bytes INTEGER NOT NULL, sealed_sha256 TEXT NOT NULL, created INTEGER NOT NULL, state "
            "INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1)), attempts INTEGER NOT NULL DEFAULT 0, next_attempt "
            "INTEGER NOT NULL, last_error TEXT NOT NULL DEFAULT '', UNIQUE (stream, sequence)) STRICT;"
            "INSERT INTO chunks SELECT number, id, stream, sequence, rows, sealed_bytes, sealed_sha256, created, "
            "state, attempts, next_attempt, last_error FROM now; DROP TABLE now;"
            "CREATE INDEX chunks_in_state ON chunks (state, stream, sequence, next_attempt);"
            "ALTER TABLE receipts RENAME TO now; CREATE TABLE receipts (number INTEGER PRIMARY KEY, chunk_id TEXT NOT "
            "NULL UNIQUE, stream TEXT NOT NULL, sequence INTEGER NOT NULL, rows INTEGER NOT NULL, sealed_bytes INTEGER "
            "NOT NULL, sealed_sha256 TEXT NOT NULL, manifest_sha256 TEXT NOT NULL, jws TEXT NOT NULL, stored INTEGER "
            "NOT NULL, UNIQUE (stream, sequence)) STRICT;"
            "ALTER TABLE streams DROP COLUMN seal; ALTER TABLE checkpoints DROP COLUMN seal; ALTER TABLE marks DROP "
            "COLUMN "
            "seal; ALTER TABLE payloads DROP COLUMN manifest_sha256;"
            "INSERT INTO receipts SELECT number, chunk_id, stream, sequence, rows, sealed_bytes, sealed_sha256, "
            "manifest_sha256, jws, stored FROM now; DROP TABLE now; DELETE FROM property WHERE name = 'queue';"
            "UPDATE payloads SET manifest = replace(manifest, substr(manifest, instr(manifest, '\"queue\"'), 43), '')");
        other.execute("DROP TABLE open_rows");
        other.execute("DROP TABLE open_chunks");
        other.execute("DROP TABLE run_streams");
        other.execute("DROP TABLE run_manifests");
        other.execute("DROP TABLE held_rows");
        other.execute("DROP TABLE opt_outs");
        other.execute("PRAGMA user_version = 1");
    }
    error_of(ErrorCode::configuration, [&] { Outbox(folder.file(), "RVW", clock, Outbox::Mode::read); });
    outbox = open();
    BOOST_TEST(outbox->list(10).size() == 1U);
    BOOST_TEST(outbox->receipts(10).at(0).chunk_id == first);
    BOOST_TEST(outbox->payload(second).size() == 100U);
    const auto next = chunk_of_size("admissions", 100);
    outbox->commit(commit_of("pas", outbox->begin_run("pas"), "2", {next}));
    const auto manifest = parse_manifest(outbox->manifest(next.manifest.id));
    BOOST_TEST(manifest.sequence == 3U);  // its numbers go on, as those of the queue without an id
    BOOST_TEST(manifest.queue.empty());
    outbox->store_receipt(second, "another");
    BOOST_TEST(Connection(folder.file()).integer("SELECT count(*) FROM payloads") == 1);
    BOOST_TEST(Connection(folder.file())
                   .integer("SELECT count(*) FROM pragma_foreign_key_list('payloads') WHERE \"table\" = 'chunks'") ==
               1);
    BOOST_TEST(outbox->held_rows(10).empty());
    BOOST_TEST(outbox->remembered_opt_outs("admissions").empty());
    BOOST_TEST(Outbox(folder.file(), "RVW", clock, Outbox::Mode::read).totals().held_rows == 0U);
}

BOOST_AUTO_TEST_CASE(a_queue_serves_one_site) {
    const auto message = error_of(ErrorCode::configuration, [&] { Outbox(folder.file(), "RXX", clock); });
    BOOST_TEST((message.find("RVW") != std::string::npos));
    error_of(ErrorCode::configuration, [&] { Outbox(folder.path() / "other.sqlite", "not a site", clock); });
    BOOST_TEST(!std::filesystem::exists(folder.path() / "other.sqlite"));
}

BOOST_AUTO_TEST_CASE(runs_are_counted_and_ended) {
    const auto run = outbox->begin_run("pas");
    outbox->commit(
        commit_of("pas", run, "1", {chunk_of_size("admissions", 500, 7), chunk_of_size("patients", 500, 5)}));
    clock.advance(std::chrono::seconds(5));
    outbox->end_run(run, RunState::complete, "");
    const auto summary = outbox->runs(10).at(0);
    BOOST_TEST(summary.id == run);
    BOOST_TEST(summary.source == "pas");
    BOOST_TEST((summary.state == RunState::complete));
    BOOST_TEST(summary.rows == 12U);
    BOOST_TEST(summary.chunks == 2U);
    BOOST_TEST((summary.ended.value() - summary.started == std::chrono::seconds(5)));
    BOOST_TEST((outbox->last_completed("pas") == clock.now()));
    BOOST_TEST(!outbox->last_completed("lab"));
    error_of(ErrorCode::not_found, [&] { outbox->end_run(run, RunState::failed, "again"); });
    error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("pas", run, "2", {})); });
    error_of(ErrorCode::internal, [&] { outbox->end_run(run, RunState::running, ""); });
    BOOST_TEST(outbox->checkpoint("pas") == "1");
}

BOOST_AUTO_TEST_CASE(a_run_that_was_never_ended_is_interrupted_by_the_next_one_of_its_source) {
    const auto crashed = outbox->begin_run("pas");
    const auto other = outbox->begin_run("lab");
    reopen();
    clock.advance(std::chrono::hours(1));
    const auto next = outbox->begin_run("pas");
    const auto runs = outbox->runs(10);
    BOOST_REQUIRE(runs.size() == 3U);
    BOOST_TEST(runs[0].id == next);
    BOOST_TEST((runs[0].state == RunState::running));
    BOOST_TEST(runs[1].id == other);
    BOOST_TEST((runs[1].state == RunState::running));
    BOOST_TEST(runs[2].id == crashed);
    BOOST_TEST((runs[2].state == RunState::interrupted));
    BOOST_TEST((runs[2].ended == clock.now()));
    BOOST_TEST(!outbox->last_completed("pas"));
}

BOOST_AUTO_TEST_CASE(a_run_takes_commits_of_its_own_source_only) {
    const auto run = outbox->begin_run("pas");
    error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("lab", run, "1", {})); });
    error_of(ErrorCode::internal, [&] { outbox->commit(commit_of("pas", "no such run", "1", {})); });
    BOOST_TEST(outbox->checkpoint("lab").empty());
}

BOOST_AUTO_TEST_CASE(a_reader_sees_what_the_writer_committed_and_may_not_write) {
    const auto run = outbox->begin_run("pas");
    const auto first = chunk_of_size("admissions", 5'000);
    outbox->commit(commit_of("pas", run, "1", {first}));
    const Outbox reader(folder.file(), "RVW", clock, Outbox::Mode::read);
    BOOST_TEST(reader.totals().queued_chunks == 1U);
    outbox->commit(commit_of("pas", run, "2", {chunk_of_size("admissions", 5'000)}));
    BOOST_TEST(reader.totals().queued_chunks == 2U);
    BOOST_TEST(reader.checkpoint("pas") == "2");
    BOOST_TEST(reader.verify().empty());
    Outbox second(folder.file(), "RVW", clock, Outbox::Mode::read);
    error_of(ErrorCode::permission, [&] { second.begin_run("pas"); });
}

BOOST_AUTO_TEST_CASE(a_reader_reads_a_queue_that_no_writer_holds) {
    const auto run = outbox->begin_run("pas");
    outbox->commit(commit_of("pas", run, "1", {chunk_of_size("admissions", 5'000)}));
    outbox.reset();
    const Outbox reader(folder.file(), "RVW", clock, Outbox::Mode::read);
    BOOST_TEST(reader.totals().queued_chunks == 1U);
}

BOOST_AUTO_TEST_CASE(a_reader_makes_no_file) {
    const auto missing = folder.path() / "none" / "queue.sqlite";
    error_of(ErrorCode::not_found, [&] { Outbox(missing, "RVW", clock, Outbox::Mode::read); });
    const auto beside = folder.path() / "other.sqlite";
    error_of(ErrorCode::not_found, [&] { Outbox(beside, "RVW", clock, Outbox::Mode::read); });
    BOOST_TEST(!std::filesystem::exists(missing.parent_path()));
    BOOST_TEST(!std::filesystem::exists(beside));
}

BOOST_AUTO_TEST_CASE(threads_share_a_queue) {
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            try {
                const auto source = "source" + std::to_string(t);
                const auto run = outbox->begin_run(source);
                for (int i = 0; i < 10; ++i) {
                    outbox->commit(commit_of(source, run, std::to_string(i),
                                             {chunk_of_size("stream" + std::to_string(t), 2'000)}));
                    outbox->due(clock.now(), 5);
                }
                outbox->end_run(run, RunState::complete, "");
            } catch (const std::exception&) {
                ++failures;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(failures == 0);
    BOOST_TEST(outbox->totals().queued_chunks == 40U);
    BOOST_TEST(outbox->verify().empty());
}

BOOST_AUTO_TEST_SUITE_END()
