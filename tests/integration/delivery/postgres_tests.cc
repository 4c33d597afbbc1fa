// What is different where the ledger is in PostgreSQL; run by tests/support/with_postgres.sh, which gives the server.
#include <Poco/Net/ServerSocket.h>
#include <Poco/Process.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/ledger/postgres_connection.h"
#include "service/repository/site_quota.h"
#include "service/repository/store_identity.h"
#include "tests/integration/delivery/test_ledger.h"
#include "tests/unit/courier/delivery_fixture.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

std::string of_environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

boost::test_tools::assertion_result has_server(boost::unit_test::test_unit_id) {
    return on_postgres();
}

void control_server(const std::string& word) {
    const auto process = Poco::Process::launch(of_environment("TRIBUTARY_POSTGRES_CTL"), {word});
    BOOST_REQUIRE(process.wait() == 0);
}

struct Fixture {
    TemporaryFolder folder;
    LedgerLocation place = test_ledger(folder.path() / "ledger.sqlite");

    static LedgerChunk chunk(const std::string& id, std::uint64_t sequence) {
        LedgerChunk chunk;
        chunk.site = "RVW";
        chunk.id = id;
        chunk.stream = "admissions";
        chunk.queue = std::string(32, 'a');
        chunk.sequence = sequence;
        chunk.manifest = "{}";
        chunk.manifest_sha256 = digest_of(sequence);
        chunk.previous = sequence == 1 ? "" : digest_of(sequence - 1);
        chunk.run = run_of(sequence);
        chunk.rows = 10;
        chunk.sealed_bytes = 100;
        chunk.certificate = "fingerprint";
        chunk.received = from_rfc3339("2026-11-23T08:00:00.000Z");
        return chunk;
    }
    static constexpr std::uint64_t chunks_a_run = 4;
    static std::string run_of(std::uint64_t sequence) {
        return to_hex(sha256("run " + std::to_string((sequence - 1) / chunks_a_run))).substr(0, 32);
    }
    static std::string digest_of(std::uint64_t sequence) { return to_hex(sha256(std::to_string(sequence))); }
    /// The manifest of the run that the chunk belongs to.
    static LedgerRun closing(std::uint64_t sequence) {
        const std::uint64_t first = (sequence - 1) / chunks_a_run * chunks_a_run + 1;
        const std::uint64_t last = first + chunks_a_run - 1;
        LedgerRun run;
        run.manifest.id = run_of(sequence);
        run.manifest.site = "RVW";
        run.manifest.source = "pas";
        run.manifest.streams = {{"admissions", std::string(32, 'a'), first, last, 10 * chunks_a_run, digest_of(last)}};
        run.text = run_manifest_text(run.manifest);
        run.certificate = "fingerprint";
        run.received = from_rfc3339("2026-11-23T09:00:00.000Z");
        return run;
    }
    static std::string id_of(std::uint64_t sequence) { return to_hex(sha256(std::to_string(sequence))).substr(0, 32); }
    static LedgerChunk chunk(std::uint64_t sequence) { return chunk(id_of(sequence), sequence); }
    LedgerLocation with(const std::string& parameters) const { return {place.url + parameters, folder.path()}; }
    LedgerLocation by_tls(const std::string& parameters = "") const {
        return {of_environment("TRIBUTARY_POSTGRES_TLS") + parameters, folder.path()};
    }
    static ErrorCode code_of(const std::function<void()>& call, const std::string& words = "") {
        try {
            call();
        } catch (const Error& error) {
            BOOST_TEST(std::string(error.what()).find(words) != std::string::npos, error.what());
            return error.code();
        }
        BOOST_FAIL("nothing was thrown");
        return ErrorCode::internal;
    }
    static ErrorCode code_of_opening(const LedgerLocation& location, const std::string& words,
                                     LedgerAccess access = LedgerAccess::write) {
        return code_of([&] { Ledger(location, access); }, words);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_tests, Fixture, *boost::unit_test::precondition(has_server))

// All try all of it, each in an order of its own and some of it under ids of its own: then it is the place in the
// stream that is given once. What the ledger counts for runs and gaps has to be right in the end.
BOOST_AUTO_TEST_CASE(of_processes_that_commit_the_same_chunks_one_does_each) {
    constexpr std::uint64_t chunks = 160;
    constexpr std::size_t processes = 4;
    std::vector<std::vector<std::uint64_t>> taken(processes);
    std::vector<std::thread> threads;
    std::atomic<std::size_t> ready = 0;
    std::atomic<std::uint64_t> manifests = 0;
    for (std::size_t process = 0; process < processes; ++process) {
        threads.emplace_back([&, process] {
            Ledger ledger(place, LedgerAccess::write);  // the tables too are made by one of them
            std::mt19937_64 random(process);
            std::vector<std::uint64_t> order(chunks);
            std::iota(order.begin(), order.end(), 1);
            for (std::uint64_t window = 0; window < chunks; window += 2 * chunks_a_run) {
                const auto begin = order.begin() + static_cast<std::ptrdiff_t>(window);
                std::shuffle(begin, begin + 2 * chunks_a_run, random);
            }
            ++ready;
            while (ready < processes) {
                std::this_thread::yield();
            }
            for (const auto sequence : order) {
                const auto id = sequence % 2 == 0 ? id_of(sequence) : id_of(sequence * 1000 + process);
                if (ledger.commit(chunk(id, sequence), "pem")) {
                    taken[process].push_back(sequence);
                }
                if (random() % 2 == 0 && ledger.commit(closing(sequence), "pem")) {
                    ++manifests;
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    std::vector<std::uint64_t> all;
    for (const auto& one : taken) {
        all.insert(all.end(), one.begin(), one.end());
    }
    std::sort(all.begin(), all.end());
    BOOST_REQUIRE(all.size() == chunks);
    for (std::uint64_t sequence = 1; sequence <= chunks; ++sequence) {
        BOOST_TEST(all[sequence - 1] == sequence);
    }
    Ledger ledger(place, LedgerAccess::read);
    BOOST_TEST(ledger.totals().at(0).chunks == chunks);
    BOOST_TEST(ledger.totals().at(0).rows == chunks * 10);
    const auto runs = ledger.runs(true, chunks);
    BOOST_TEST(runs.size() == chunks / chunks_a_run);
    std::uint64_t whole = 0;
    for (const auto& run : runs) {
        BOOST_TEST(run.chunks == chunks_a_run);
        whole += run.state == RunProgress::State::whole ? 1U : 0U;
    }
    BOOST_TEST(whole == manifests);
    BOOST_TEST(ledger.wrong_runs().empty());
    BOOST_TEST(ledger.gaps(false).empty());
    BOOST_TEST(ledger.recomputed_gaps().empty());
}

BOOST_AUTO_TEST_CASE(what_is_committed_outlives_a_crash_of_the_server_and_the_ledger_finds_it_again) {
    Ledger ledger(place, LedgerAccess::write);
    BOOST_TEST(ledger.commit(chunk(1), "pem").has_value());
    control_server("stop");
    const auto code = code_of([&] { ledger.commit(chunk(2), "pem"); });
    const auto asked = code_of([&] { ledger.find("RVW", id_of(1)); });
    control_server("start");
    BOOST_TEST((code == ErrorCode::network));
    BOOST_TEST((asked == ErrorCode::network));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // for a second it is not tried again
    BOOST_TEST(ledger.find("RVW", id_of(1)).has_value());
    BOOST_TEST(!ledger.find("RVW", id_of(2)).has_value());
    BOOST_TEST(ledger.commit(chunk(2), "pem").has_value());
    // A crash between two calls is not even noticed.
    control_server("stop");
    control_server("start");
    BOOST_TEST(ledger.find("RVW", id_of(2)).has_value());
    control_server("stop");
    control_server("start");
    BOOST_TEST(ledger.commit(chunk(3), "pem").has_value());
    BOOST_TEST(ledger.recomputed_gaps().empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_answer_is_waited_for_once_and_not_by_each_who_asks) {
    Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
    PostgresConnection connection({"postgresql://ledger@127.0.0.1:" + std::to_string(silent.address().port()) +
                                       "/ledger?connect_timeout=2&sslmode=disable&gssencmode=disable",
                                   folder.path()},
                                  LedgerAccess::write);
    for (int asked = 0; asked < 5; ++asked) {
        BOOST_TEST((code_of([&] { connection.connect(); }, "cannot be reached") == ErrorCode::network));
    }
    std::size_t attempts = 0;
    for (; silent.poll(Poco::Timespan(0, 100'000), Poco::Net::Socket::SELECT_READ); ++attempts) {
        silent.acceptConnection();
    }
    BOOST_TEST(attempts == 1U);
}

BOOST_AUTO_TEST_CASE(a_url_that_gives_away_a_password_or_trusts_the_network_is_refused) {
    const auto why = [](const std::string& url) { return why_no_ledger_url(url); };
    BOOST_TEST(why("postgresql://tributary:secret@localhost/ledger").find("passfile=FILE") != std::string::npos);
    BOOST_TEST(why("postgresql://tributary:secret@localhost/ledger").find("secret") == std::string::npos);
    BOOST_TEST(why("postgresql://localhost/ledger?password=secret").find("secret") == std::string::npos);
    BOOST_TEST(why("postgresql://db.example.nhs.uk/ledger").find("sslmode=verify-full") != std::string::npos);
    BOOST_TEST(why("postgresql://db.example.nhs.uk/ledger?sslmode=require").find("verify-full") != std::string::npos);
    BOOST_TEST(why("postgresql://localhost,db.example.nhs.uk/ledger").find("verify-full") != std::string::npos);
    BOOST_TEST(why("postgresql://localhost/ledger?hostaddr=10.0.0.1").find("verify-full") != std::string::npos);
    BOOST_TEST(why("postgresql://localhost").find("name the database") != std::string::npos);
    BOOST_TEST(why("postgresql://localhost/ledger?colour=blue").find("no URL") != std::string::npos);
    BOOST_TEST(why("postgresql:///ledger?service=x").find("service") != std::string::npos);
    for (const char* const good :
         {"postgresql:///ledger", "postgres://localhost/ledger", "postgresql://127.0.0.1:5433/ledger",
          "postgresql://u@db.example.nhs.uk/ledger?sslmode=verify-full&sslrootcert=x.pem&passfile=y"}) {
        BOOST_TEST(why(good).empty(), why(good));
    }
}

BOOST_AUTO_TEST_CASE(over_tls_the_server_is_verified_and_the_password_comes_from_its_file) {
    const auto good = by_tls();
    BOOST_REQUIRE(!good.url.empty());
    {
        PostgresConnection connection(good, LedgerAccess::write);
        connection.connect();
        BOOST_TEST(connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").integer(0) == 1);
    }
    // Of another name than the certificate's.
    auto other = good.url;
    other.replace(other.find("@localhost:"), 11, "@db.example.nhs.uk:");
    BOOST_TEST(
        (code_of_opening({other + "&hostaddr=127.0.0.1", folder.path()}, "db.example.nhs.uk") == ErrorCode::network));
    // Of another authority.
    const auto root = good.url.find("&sslrootcert=");
    auto strange = good.url;
    strange.replace(root, strange.find('&', root + 1) - root, "&sslrootcert=strange.pem");
    std::ofstream(folder.path() / "strange.pem") << "";
    BOOST_TEST((code_of_opening({strange, folder.path()}, "cannot be reached") == ErrorCode::network));
    // Without the password.
    auto silent = good.url;
    silent.resize(silent.find("&passfile="));
    BOOST_TEST((code_of_opening({silent + "&passfile=none", folder.path()}, "password") == ErrorCode::network));
}

BOOST_AUTO_TEST_CASE(a_server_that_may_forget_what_it_committed_is_not_taken) {
    const auto setting = [&](const std::string& sql) {
        change_ledger(place, sql);
        change_ledger(place, "SELECT pg_reload_conf()");
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    };
    PostgresConnection keeper(place, LedgerAccess::write);
    keeper.connect();
    keeper.execute("ALTER SYSTEM SET fsync = off");
    keeper.execute("SELECT pg_reload_conf()");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto code = code_of_opening(place, "fsync");
    keeper.execute("ALTER SYSTEM RESET fsync");
    keeper.execute("SELECT pg_reload_conf()");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    BOOST_TEST((code == ErrorCode::configuration));
    setting("ALTER SYSTEM SET synchronous_commit = off");
    PostgresConnection connection(place, LedgerAccess::write);
    connection.connect();
    const auto commits = connection.execute("SHOW synchronous_commit").text(0);
    setting("ALTER SYSTEM RESET synchronous_commit");
    BOOST_TEST(commits == "on");
}

BOOST_AUTO_TEST_CASE(a_ledger_of_another_version_is_left_alone_also_by_who_has_it_open) {
    Ledger ledger(place, LedgerAccess::write);
    ledger.commit(chunk(1), "pem");
    change_ledger(place, "UPDATE ledger SET version = version + 1");
    BOOST_TEST((code_of_opening(place, "another version") == ErrorCode::configuration));
    BOOST_TEST((code_of([&] { ledger.commit(chunk(2), "pem"); }, "another version") == ErrorCode::configuration));
    change_ledger(place, "UPDATE ledger SET version = version - 1");
    BOOST_TEST(!ledger.find("RVW", id_of(2)).has_value());
    BOOST_TEST(ledger.commit(chunk(2), "pem").has_value());
}

BOOST_AUTO_TEST_CASE(who_only_reads_makes_nothing_and_changes_nothing) {
    BOOST_TEST((code_of_opening(place, "has 'tributary-repository serve' run yet?", LedgerAccess::read) ==
                ErrorCode::not_found));
    Ledger(place, LedgerAccess::write).commit(chunk(1), "pem");
    Ledger reader(place, LedgerAccess::read);
    BOOST_TEST(reader.find("RVW", id_of(1)).has_value());
    BOOST_CHECK_THROW(reader.commit(chunk(2), "pem"), Error);
    BOOST_CHECK_THROW(reader.retry_unopenable(), Error);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_way_is_named_with_what_to_do) {
    const auto schema = place.url.substr(place.url.rfind("%3D") + 3);
    change_ledger(place,
                  "CREATE ROLE stranger_of_tests LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO stranger_of_tests");
    auto strange = place.url;
    strange.replace(strange.find("ledger@"), 7, "stranger_of_tests@");
    BOOST_TEST((code_of_opening({strange, folder.path()}, "owns the database") == ErrorCode::permission));
    auto missing = place.url;
    missing.replace(missing.find("/ledger?"), 8, "/elsewhere?");
    BOOST_TEST((code_of_opening({missing, folder.path()}, "elsewhere") == ErrorCode::network));
    change_ledger(place, "DROP OWNED BY stranger_of_tests; DROP ROLE stranger_of_tests");
    change_ledger(place, "CREATE TABLE ledger (colour TEXT)");
    BOOST_TEST((code_of_opening(place, "refuses") == ErrorCode::configuration));
}

BOOST_AUTO_TEST_CASE(who_hangs_while_he_writes_does_not_stop_the_others_for_good) {
    Ledger ledger(place, LedgerAccess::write);
    PostgresConnection hangs(place, LedgerAccess::write);
    hangs.connect();
    hangs.execute("BEGIN");
    hangs.execute("SELECT version FROM ledger FOR UPDATE");
    BOOST_TEST((code_of([&] { ledger.commit(chunk(1), "pem"); }, "another process") == ErrorCode::in_use));
    BOOST_TEST(!ledger.find("RVW", id_of(1)).has_value());
    BOOST_TEST(hangs.execute("SHOW idle_in_transaction_session_timeout").text(0) == "1min");
    hangs.disconnect();
    BOOST_TEST(ledger.commit(chunk(1), "pem").has_value());
}

BOOST_AUTO_TEST_CASE(a_ledger_keeps_to_the_store_that_it_was_first_used_with) {
    const auto store = folder.path() / "store";
    const auto other = folder.path() / "other";
    std::filesystem::create_directories(other);
    Ledger ledger(place, LedgerAccess::write);
    // A crash before the ledger knew: the folder's id is taken, not another one made.
    std::filesystem::create_directories(store);
    std::ofstream(store / "store-id") << std::string(32, 'c');
    hold_to_store(ledger, system_files(), store);
    hold_to_store(ledger, system_files(), store);
    BOOST_TEST(ledger.store_id([] { return std::string("never"); }) == std::string(32, 'c'));
    const auto refused = [&](const std::filesystem::path& folder_of_another) {
        return code_of([&] { hold_to_store(ledger, system_files(), folder_of_another); },
                       "not the store of this ledger");
    };
    BOOST_TEST((refused(other) == ErrorCode::configuration));
    BOOST_TEST((refused(folder.path() / "missing") == ErrorCode::configuration));
    BOOST_TEST(!std::filesystem::exists(other / "store-id"));
    std::ofstream(other / "store-id") << std::string(32, 'd');
    BOOST_TEST((refused(other) == ErrorCode::configuration));
}

BOOST_AUTO_TEST_CASE(what_has_landed_is_never_unopenable_afterwards) {
    Ledger ledger(place, LedgerAccess::write);
    ledger.commit(chunk(1), "pem");
    ledger.landed(chunk(1), {"file", 0, ""});
    ledger.unopenable(chunk(1), "its file is not there");
    BOOST_TEST((ledger.find("RVW", id_of(1))->state == StoredState::landed));
}

BOOST_AUTO_TEST_CASE(a_quota_counts_what_other_processes_took) {
    TestClock clock;
    Ledger ledger(place, LedgerAccess::write);
    Ledger other(place, LedgerAccess::write);
    SiteQuota quota(ledger, 250, clock);
    BOOST_TEST(quota.allows("RVW", 250));
    auto taken = chunk(1);
    taken.received = clock.now();
    other.commit(taken, "pem");
    clock.pass(std::chrono::minutes(1));
    BOOST_TEST(!quota.allows("RVW", 151));
    BOOST_TEST(quota.allows("RVW", 150));
}

BOOST_AUTO_TEST_SUITE_END()
