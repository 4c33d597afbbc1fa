#include "service/repository/ledger/ledger.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/outbox/database.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/gap_watch.h"
#include "tests/integration/delivery/test_ledger.h"
#include "tests/unit/courier/delivery_fixture.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string old_queue;
const std::string run_id = "ffeeddccbbaa99887766554433221100";
const std::string new_queue = "00112233445566778899aabbccddeeff";

struct Fixture {
    TemporaryFolder folder;
    LedgerLocation place = test_ledger(folder.path() / "ledger.sqlite");
    std::string last_digest;

    /// The digest of a manifest stands for the chunk; each names the one before unless told otherwise.
    LedgerChunk chunk(const std::string& queue, std::uint64_t sequence) {
        LedgerChunk chunk;
        chunk.site = "RVW";
        chunk.id = random_hex(16);
        chunk.stream = "admissions";
        chunk.queue = queue;
        chunk.sequence = sequence;
        chunk.previous = sequence == 1 ? "" : last_digest;
        chunk.manifest = "{}";
        chunk.manifest_sha256 = last_digest = to_hex(sha256(chunk.id));
        chunk.rows = 10;
        chunk.sealed_bytes = 100;
        chunk.certificate = "fingerprint";
        chunk.received = from_rfc3339("2026-11-23T08:00:00.000Z");
        return chunk;
    }
    static LedgerChunk of_run(LedgerChunk chunk) {
        chunk.run = run_id;
        return chunk;
    }
    /// The manifest of the run, which the chunks `first` to `last` belong to.
    static LedgerRun closing(const std::vector<LedgerChunk>& chunks, std::size_t first, std::size_t last) {
        LedgerRun run;
        run.manifest.id = run_id;
        run.manifest.site = "RVW";
        run.manifest.source = "pas";
        run.manifest.streams = {{"admissions", chunks[first].queue, chunks[first].sequence, chunks[last].sequence,
                                 10 * (last - first + 1), chunks[last].manifest_sha256}};
        run.text = run_manifest_text(run.manifest);
        run.certificate = "fingerprint";
        run.received = from_rfc3339("2026-11-23T09:00:00.000Z");
        return run;
    }
    static std::vector<Gap::Kind> kinds(const std::vector<Gap>& gaps) {
        std::vector<Gap::Kind> kinds;
        for (const auto& gap : gaps) {
            kinds.push_back(gap.kind);
        }
        return kinds;
    }
    static Manifest place_of(const LedgerChunk& chunk) {
        Manifest manifest;
        manifest.site = chunk.site;
        manifest.stream = chunk.stream;
        manifest.queue = chunk.queue;
        manifest.sequence = chunk.sequence;
        return manifest;
    }
};

using Kinds = std::vector<Gap::Kind>;

/// Only there are ledgers of earlier versions.
boost::test_tools::assertion_result is_sqlite(boost::unit_test::test_unit_id) {
    return !on_postgres();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_stream_that_is_numbered_anew_is_told_of_and_takes_nobodys_place) {
    Ledger ledger(place, LedgerAccess::write);
    const auto first = chunk(old_queue, 1);
    const auto second = chunk(old_queue, 2);
    const auto again = chunk(new_queue, 1);
    const auto next = chunk(new_queue, 2);
    BOOST_TEST(ledger.commit(first, "pem").value().empty());
    BOOST_TEST(ledger.commit(second, "pem").value().empty());
    BOOST_TEST(!ledger.holder(place_of(again)));
    BOOST_TEST((kinds(ledger.commit(again, "pem").value()) == Kinds{Gap::Kind::restart}));
    BOOST_TEST(ledger.commit(next, "pem").value().empty());
    BOOST_TEST(ledger.holder(place_of(first)).value() == first.id);
    BOOST_TEST(ledger.holder(place_of(again)).value() == again.id);
    BOOST_TEST(ledger.find("RVW", second.id)->generation == 1U);
    BOOST_TEST(ledger.find("RVW", next.id)->generation == 2U);
    const auto open = ledger.gaps(false);
    BOOST_TEST((kinds(open) == Kinds{Gap::Kind::restart}));
    BOOST_TEST(open.at(0).generation == 2U);
    BOOST_TEST(ledger.recomputed_gaps().empty());
    const auto totals = ledger.totals();
    BOOST_TEST_REQUIRE(totals.size() == 1U);
    BOOST_TEST(totals[0].chunks == 4U);
    BOOST_TEST(totals[0].rows == 40U);
    BOOST_TEST(totals[0].last_sequence == 2U);
    std::vector<std::string> order;
    ledger.for_each([&](const LedgerChunk& each) { order.push_back(each.id); });
    BOOST_TEST((order == std::vector{first.id, second.id, again.id, next.id}));
    // The same place of the same queue stays taken.
    BOOST_TEST(!ledger.commit(chunk(new_queue, 2), "pem").has_value());
    BOOST_TEST(!ledger.commit(chunk(old_queue, 1), "pem").has_value());
}

BOOST_AUTO_TEST_CASE(what_a_salvaged_queue_still_has_of_the_old_numbers_closes_their_gap) {
    Ledger ledger(place, LedgerAccess::write);
    const auto first = chunk(old_queue, 1);
    const auto second = chunk(old_queue, 2);
    const auto third = chunk(old_queue, 3);
    ledger.commit(first, "pem");
    BOOST_TEST((kinds(ledger.commit(third, "pem").value()) == Kinds{Gap::Kind::missing}));
    BOOST_TEST((kinds(ledger.commit(chunk(new_queue, 1), "pem").value()) == Kinds{Gap::Kind::restart}));
    BOOST_TEST(ledger.commit(second, "pem").value().empty());
    BOOST_TEST((kinds(ledger.gaps(false)) == Kinds{Gap::Kind::restart}));
    // A gap of the new numbers is its own.
    BOOST_TEST((kinds(ledger.commit(chunk(new_queue, 3), "pem").value()) == Kinds{Gap::Kind::missing}));
    BOOST_TEST((kinds(ledger.recomputed_gaps()) == Kinds{Gap::Kind::missing}));
    BOOST_TEST(ledger.recomputed_gaps().at(0).generation == 2U);
}

BOOST_AUTO_TEST_CASE(a_new_queue_whose_first_chunk_is_late_has_a_gap_and_a_restart) {
    Ledger ledger(place, LedgerAccess::write);
    ledger.commit(chunk(old_queue, 1), "pem");
    auto first = chunk(new_queue, 1);
    const auto second = chunk(new_queue, 2);
    first.received += std::chrono::minutes(2);
    BOOST_TEST((kinds(ledger.commit(second, "pem").value()) == Kinds{Gap::Kind::restart, Gap::Kind::missing}));
    BOOST_TEST(ledger.commit(first, "pem").value().empty());
    BOOST_TEST((kinds(ledger.gaps(false)) == Kinds{Gap::Kind::restart}));
    BOOST_TEST((kinds(ledger.gaps(true)) == Kinds{Gap::Kind::missing, Gap::Kind::restart}));
}

BOOST_AUTO_TEST_CASE(a_ledger_of_version_3_is_brought_to_this_one, *boost::unit_test::precondition(is_sqlite)) {
    const auto first = chunk(old_queue, 1);
    const auto third = chunk(old_queue, 3);
    {
        Ledger ledger(place, LedgerAccess::write);
        ledger.commit(first, "pem");
        ledger.commit(third, "pem");
        ledger.retract_rows("RVW", "admissions", {"k1"});
    }
    {
        Database database(place.file, Database::Access::write);
        database.execute(R"sql(
            DROP TABLE queues; DROP TABLE runs; DROP TABLE run_streams;
            DROP INDEX chunks_retractions; DROP INDEX chunks_not_landed; DROP INDEX gaps_open;
            ALTER TABLE chunks RENAME TO now;
            CREATE TABLE chunks (
              number INTEGER PRIMARY KEY, site TEXT NOT NULL, id TEXT NOT NULL, stream TEXT NOT NULL,
              sequence INTEGER NOT NULL, previous TEXT NOT NULL, manifest TEXT NOT NULL, manifest_sha256 TEXT NOT NULL,
              rows INTEGER NOT NULL, sealed_bytes INTEGER NOT NULL, sealed_sha256 TEXT NOT NULL,
              certificate TEXT NOT NULL REFERENCES certificates (fingerprint), received INTEGER NOT NULL,
              receipt TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'stored', landed_file TEXT NOT NULL DEFAULT '',
              reason TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT 'records',
              removed_rows INTEGER NOT NULL DEFAULT 0, landed_sha256 TEXT NOT NULL DEFAULT '',
              UNIQUE (site, id), UNIQUE (site, stream, sequence)) STRICT;
            INSERT INTO chunks SELECT number, site, id, stream, sequence, previous, manifest, manifest_sha256, rows,
              sealed_bytes, sealed_sha256, certificate, received, receipt, state, landed_file, reason, kind,
              removed_rows, landed_sha256 FROM now;
            DROP TABLE now;
            CREATE INDEX chunks_not_landed ON chunks (state) WHERE state <> 'landed';
            CREATE INDEX chunks_retractions ON chunks (site, stream, sequence) WHERE kind = 'retraction';
            ALTER TABLE gaps RENAME TO now;
            CREATE TABLE gaps (number INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('missing', 'chain')),
              site TEXT NOT NULL, stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
              noticed INTEGER NOT NULL, closed INTEGER) STRICT;
            INSERT INTO gaps SELECT number, kind, site, stream, first, last, noticed, closed FROM now;
            DROP TABLE now;
            CREATE INDEX gaps_open ON gaps (site, stream, first) WHERE closed IS NULL;
            DROP TABLE enrolment_tokens; DROP TABLE issued_certificates; DROP TABLE revocations;
            DROP TABLE settlements;
            PRAGMA user_version = 3;
        )sql");
    }
    BOOST_CHECK_THROW(Ledger(place, LedgerAccess::read), Error);
    Ledger ledger(place, LedgerAccess::write);
    BOOST_TEST(ledger.find("RVW", first.id)->generation == 1U);
    BOOST_TEST(ledger.find("RVW", third.id)->manifest_sha256 == third.manifest_sha256);
    BOOST_TEST((kinds(ledger.gaps(false)) == Kinds{Gap::Kind::missing}));
    BOOST_TEST(ledger.retracted_rows("RVW", "admissions").contains("k1"));
    BOOST_TEST(ledger.to_land(10).size() == 2U);
    // Its site goes on with the queue without an id, or with one that has an id.
    BOOST_TEST(!ledger.commit(chunk(old_queue, 3), "pem").has_value());
    ledger.commit(chunk(old_queue, 2), "pem");
    BOOST_TEST(ledger.find("RVW", first.id)->generation == 1U);
    BOOST_TEST(kinds(ledger.commit(chunk(new_queue, 1), "pem").value()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_run_is_open_until_its_manifest_and_incomplete_until_its_last_chunk) {
    Ledger ledger(place, LedgerAccess::write);
    std::vector<LedgerChunk> chunks;
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) {
        chunks.push_back(of_run(chunk(new_queue, sequence)));
    }
    BOOST_TEST(ledger.runs(true, 10).empty());
    ledger.commit(chunks[1], "pem");
    ledger.commit(chunks[3], "pem");
    const auto only = [&] {
        const auto runs = ledger.runs(true, 10);
        BOOST_TEST_REQUIRE(runs.size() == 1U);
        return runs[0];
    };
    BOOST_TEST((only().state == RunProgress::State::open));
    BOOST_TEST(only().chunks == 2U);
    BOOST_TEST(ledger.runs(false, 10).size() == 1U);
    auto run = closing(chunks, 1, 3);
    BOOST_TEST(ledger.commit(run, "pem"));
    BOOST_TEST(!ledger.commit(run, "pem"));
    BOOST_TEST((only().state == RunProgress::State::incomplete));
    BOOST_TEST(only().chunks == 2U);
    BOOST_TEST(only().all_chunks == 3U);
    BOOST_TEST(only().all_rows == 30U);
    BOOST_TEST(only().source == "pas");
    BOOST_TEST(!only().late(run.received + std::chrono::hours(24) - std::chrono::milliseconds(1)));
    BOOST_TEST(only().late(run.received + std::chrono::hours(24)));
    ledger.commit(chunks[2], "pem");
    BOOST_TEST((only().state == RunProgress::State::whole));
    BOOST_TEST(only().rows == 30U);
    BOOST_TEST(!only().late(run.received + std::chrono::hours(1000)));
    BOOST_TEST(ledger.runs(false, 10).empty());
    BOOST_TEST(ledger.wrong_runs().empty());
    BOOST_TEST(ledger.find_run("RVW", run.manifest.id)->text == run.text);
    BOOST_TEST(!ledger.find_run("RX1", run.manifest.id).has_value());
}

BOOST_AUTO_TEST_CASE(a_run_manifest_that_overtakes_its_chunks_waits_for_them) {
    Ledger ledger(place, LedgerAccess::write);
    const std::vector<LedgerChunk> chunks{of_run(chunk(new_queue, 1)), of_run(chunk(new_queue, 2))};
    BOOST_TEST(ledger.commit(closing(chunks, 0, 1), "pem"));
    BOOST_TEST((ledger.runs(false, 10).at(0).state == RunProgress::State::incomplete));
    ledger.commit(chunks[0], "pem");
    BOOST_TEST(ledger.runs(false, 10).at(0).chunks == 1U);
    ledger.commit(chunks[1], "pem");
    BOOST_TEST(ledger.runs(false, 10).empty());
    BOOST_TEST((ledger.runs(true, 10).at(0).state == RunProgress::State::whole));
}

BOOST_AUTO_TEST_CASE(a_run_whose_chunks_are_not_those_of_its_manifest_is_a_fault) {
    Ledger ledger(place, LedgerAccess::write);
    const std::vector<LedgerChunk> chunks{of_run(chunk(new_queue, 1)), of_run(chunk(new_queue, 2))};
    ledger.commit(chunks[0], "pem");
    ledger.commit(chunks[1], "pem");
    auto run = closing(chunks, 0, 1);
    run.manifest.streams[0].last_manifest_sha256 = std::string(64, '0');
    run.text = run_manifest_text(run.manifest);
    ledger.commit(run, "pem");
    BOOST_TEST((ledger.runs(true, 10).at(0).state == RunProgress::State::different));
    BOOST_TEST(ledger.wrong_runs().size() == 1U);
    change_ledger(place, "UPDATE run_streams SET rows = rows + 1");
    BOOST_TEST(ledger.wrong_runs().size() == 2U);
}

BOOST_AUTO_TEST_CASE(chunks_of_before_version_5_count_for_the_manifest_of_their_run,
                     *boost::unit_test::precondition(is_sqlite)) {
    std::vector<LedgerChunk> chunks{of_run(chunk(new_queue, 1)), of_run(chunk(new_queue, 2))};
    chunks[0].manifest = R"({"run":")" + run_id + R"("})";
    {
        Ledger ledger(place, LedgerAccess::write);
        ledger.commit(chunks[0], "pem");
    }
    Database(place.file, Database::Access::write)
        .execute(
            "DROP TABLE runs; DROP TABLE run_streams; DROP INDEX chunks_in_time; ALTER TABLE chunks DROP COLUMN run; "
            "DROP TABLE enrolment_tokens; DROP TABLE issued_certificates; DROP TABLE revocations;"
            "DROP TABLE settlements; ALTER TABLE gaps DROP COLUMN settled;"
            "PRAGMA user_version = 4;");
    Ledger ledger(place, LedgerAccess::write);
    BOOST_TEST(ledger.find("RVW", chunks[0].id)->run == run_id);
    BOOST_TEST(ledger.runs(true, 10).empty());
    ledger.commit(chunks[1], "pem");
    ledger.commit(closing(chunks, 0, 1), "pem");
    BOOST_TEST((ledger.runs(true, 10).at(0).state == RunProgress::State::whole));
    BOOST_TEST(ledger.runs(true, 10).at(0).chunks == 2U);
}

BOOST_AUTO_TEST_CASE(the_watch_tells_once_of_a_run_that_is_late) {
    Ledger ledger(place, LedgerAccess::write);
    TestClock clock;
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::file;
    configuration.file = folder.path() / "log";
    Log log(configuration);
    GapWatch watch(ledger, clock, log);
    const auto logged = [&](const std::string& words) {
        const auto text = read_file(system_files(), configuration.file, 1U << 20U);
        const auto at = text.find(words);
        return at == std::string::npos ? 0 : text.find(words, at + 1) == std::string::npos ? 1 : 2;
    };
    std::vector<LedgerChunk> chunks{of_run(chunk(new_queue, 1)), of_run(chunk(new_queue, 2))};
    chunks[0].received = chunks[1].received = clock.now();
    ledger.commit(chunks[0], "pem");
    watch.look();
    BOOST_TEST(logged("late") == 0);
    clock.pass(RunProgress::patience);
    watch.look();
    watch.look();
    BOOST_TEST(logged("its site has not said that it is over") == 1);
    chunks[1].received = clock.now();
    ledger.commit(chunks[1], "pem");
    auto run = closing(chunks, 0, 1);
    run.received = clock.now();
    ledger.commit(run, "pem");
    watch.look();
    watch.look();
    BOOST_TEST(logged("a run that was late goes on, is whole or was settled") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_settled_is_waited_for_no_more_and_taken_all_the_same) {
    Ledger ledger(place, LedgerAccess::write);
    std::vector<LedgerChunk> chunks;
    for (std::uint64_t sequence = 1; sequence <= 9; ++sequence) {
        chunks.push_back(chunk(old_queue, sequence));
    }
    const auto now = chunks[0].received + std::chrono::hours(1);
    for (const auto sequence : {1U, 2U, 5U}) {
        ledger.commit(chunks[sequence - 1], "pem");
    }
    auto foreign = chunk(old_queue, 3);
    foreign.stream = "discharges";
    ledger.commit(foreign, "pem");
    BOOST_TEST(ledger.gaps(false).size() == 2U);
    const auto settled = ledger.settle("RVW", "admissions", "the queue's disk is gone", now);
    BOOST_TEST(settled.gaps == 1U);
    BOOST_TEST(ledger.settle("RVW", "admissions", "again", now).gaps == 0U);
    BOOST_REQUIRE(ledger.gaps(false).size() == 1U);
    BOOST_TEST(ledger.gaps(false)[0].stream == "discharges");
    const auto all = ledger.gaps(true);
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].settled == "the queue's disk is gone");
    BOOST_TEST((all[0].closed == now));
    BOOST_TEST(ledger.recomputed_gaps().size() == 1U);  // of the other stream
    // What goes missing later is told of, and no more than that.
    ledger.commit(chunks[7], "pem");
    BOOST_REQUIRE(ledger.gaps(false).size() == 2U);
    BOOST_TEST(ledger.gaps(false)[0].first == 6U);
    auto worked_out = ledger.recomputed_gaps();
    BOOST_REQUIRE(worked_out.size() == 2U);
    BOOST_TEST(worked_out[0].first == 6U);
    BOOST_TEST(worked_out[0].last == 7U);
    // One of those that were given up comes: it is taken, and the rest stays settled.
    BOOST_TEST(ledger.commit(chunks[3], "pem").has_value());
    worked_out = ledger.recomputed_gaps();
    BOOST_REQUIRE(worked_out.size() == 2U);
    BOOST_TEST(worked_out[0].first == 6U);
}

BOOST_AUTO_TEST_CASE(a_gap_is_settled_as_far_as_it_was_known) {
    Ledger ledger(place, LedgerAccess::write);
    std::vector<LedgerChunk> chunks;
    for (std::uint64_t sequence = 1; sequence <= 9; ++sequence) {
        chunks.push_back(chunk(old_queue, sequence));
    }
    // 2 to 4 are settled; 5 comes first and is the only one between them and what goes missing later.
    ledger.commit(chunks[0], "pem");
    ledger.commit(chunks[4], "pem");
    ledger.settle("RVW", "admissions", "lost", chunks[0].received);
    ledger.commit(chunks[8], "pem");
    ledger.commit(chunks[6], "pem");
    const auto left = ledger.recomputed_gaps();
    BOOST_REQUIRE(left.size() == 2U);
    BOOST_TEST(left[0].first == 6U);
    BOOST_TEST(left[0].last == 6U);
    BOOST_TEST(left[1].first == 8U);
    BOOST_TEST(left[1].last == 8U);
}

BOOST_AUTO_TEST_CASE(runs_that_are_late_or_of_a_queue_of_before_are_settled_and_one_under_way_is_not) {
    Ledger ledger(place, LedgerAccess::write);
    auto lost = of_run(chunk(old_queue, 1));
    ledger.commit(lost, "pem");
    auto anew = chunk(new_queue, 1);
    anew.run = std::string(32, 'b');
    ledger.commit(anew, "pem");
    const auto now = anew.received + std::chrono::hours(1);
    BOOST_TEST(ledger.runs(false, 10).size() == 2U);
    const auto settled = ledger.settle("RVW", "admissions", "the queue was lost", now);
    BOOST_TEST(settled.gaps == 1U);  // the restart
    BOOST_TEST(settled.runs == 1U);
    BOOST_TEST(ledger.gaps(false).empty());
    BOOST_REQUIRE(ledger.runs(false, 10).size() == 1U);
    BOOST_TEST(ledger.runs(false, 10)[0].run == anew.run);
    const auto all = ledger.runs(true, 10);
    BOOST_REQUIRE(all.size() == 2U);
    for (const auto& run : all) {
        BOOST_TEST(run.settled == (run.run == lost.run ? "the queue was lost" : ""));
    }
    BOOST_TEST(
        ledger.settle("RVW", "admissions", "its manifest was discarded", anew.received + RunProgress::patience).runs ==
        1U);
    BOOST_TEST(ledger.runs(false, 10).empty());
    BOOST_TEST(ledger.wrong_runs().empty());
}

BOOST_AUTO_TEST_CASE(what_was_overtaken_is_forgotten_and_what_was_missing_for_long_is_remembered) {
    Ledger ledger(place, LedgerAccess::write);
    std::vector<LedgerChunk> chunks;
    for (std::uint64_t sequence = 1; sequence <= 6; ++sequence) {
        chunks.push_back(chunk(old_queue, sequence));
    }
    const auto deliver = [&](std::size_t sequence, std::chrono::seconds later) {
        chunks[sequence - 1].received += later;
        ledger.commit(chunks[sequence - 1], "pem");
    };
    deliver(1, std::chrono::seconds(0));
    deliver(3, std::chrono::seconds(0));
    BOOST_TEST(ledger.gaps(false).size() == 1U);
    deliver(2, std::chrono::seconds(59));
    BOOST_TEST(ledger.gaps(true).empty());
    deliver(6, std::chrono::seconds(60));
    deliver(5, std::chrono::seconds(61));
    BOOST_TEST(ledger.gaps(true).size() == 1U);
    deliver(4, std::chrono::seconds(120));
    BOOST_TEST(ledger.gaps(false).empty());
    BOOST_REQUIRE(ledger.gaps(true).size() == 1U);
    BOOST_TEST(ledger.gaps(true)[0].first == 4U);
}

BOOST_AUTO_TEST_CASE(the_watch_tells_once_of_what_is_missing_for_long_and_when_it_has_come) {
    Ledger ledger(place, LedgerAccess::write);
    TestClock clock;
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::file;
    configuration.file = folder.path() / "log";
    Log log(configuration);
    GapWatch watch(ledger, clock, log);
    const auto logged = [&] { return read_file(system_files(), configuration.file, 1U << 20U); };
    const auto count = [&](const std::string& words) {
        const auto text = logged();
        std::size_t found = 0;
        for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
            ++found;
        }
        return found;
    };
    std::vector<LedgerChunk> chunks;
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
        chunks.push_back(chunk(old_queue, sequence));
        chunks.back().received = clock.now();
    }
    for (const std::size_t sequence : {1U, 3U, 5U}) {
        ledger.commit(chunks[sequence - 1], "pem");
    }
    watch.look();
    BOOST_TEST(count("are missing") == 0U);
    clock.pass(Ledger::passing);
    watch.look();
    watch.look();
    BOOST_TEST(count("chunks are missing from a stream") == 1U);
    BOOST_TEST(count("chunks=2 first=2 last=4") == 1U);
    for (const std::size_t sequence : {2U, 4U}) {
        chunks[sequence - 1].received = clock.now();
        ledger.commit(chunks[sequence - 1], "pem");
        watch.look();
    }
    BOOST_TEST(count("are missing") == 1U);
    BOOST_TEST(count("chunks that were missing have come or were settled") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
