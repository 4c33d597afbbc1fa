#include "agent/courier/courier.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "agent/outbox/database.h"
#include "tests/unit/courier/delivery_fixture.h"

using namespace tributary;
using Kind = Answer::Kind;

BOOST_AUTO_TEST_SUITE(courier_tests)

namespace {

bool go_on() {
    return false;
}

struct Fixture {
    testing::TemporaryFolder folder;
    testing::TestClock clock;
    testing::Identity site = testing::p256_identity("RVW");
    testing::Identity repository = testing::p256_identity("repository");
    Log log{log_to(folder.path() / "courier.log")};
    Outbox outbox{folder.path() / "queue.db", "RVW", clock};
    testing::ScriptedTransport transport{repository.key, site.certificate};
    Courier courier{outbox, {&transport}, site.key, repository.certificate, {"RVW"}, clock, log};

    static LogConfiguration log_to(const std::filesystem::path& file) {
        LogConfiguration configuration;
        configuration.target = LogConfiguration::Target::file;
        configuration.file = file;
        return configuration;
    }

    void queue(const std::string& stream, int chunks = 1) {
        std::vector<SealedChunk> made;
        for (int chunk = 0; chunk < chunks; ++chunk) {
            made.push_back(testing::chunk_of(stream, "{}\n", stream + std::to_string(chunk) + std::string(5000, 's'),
                                             clock.now()));
        }
        testing::queue(outbox, std::move(made));
    }

    std::size_t logged(const std::string& words) const {
        std::ifstream file(folder.path() / "courier.log");
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        std::size_t count = 0;
        for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
            ++count;
        }
        return count;
    }

    /// Lets the time pass that the courier wants to wait.
    void wait() {
        const std::optional<TimePoint> next = courier.next_attempt();
        BOOST_REQUIRE(next.has_value());
        clock.pass(std::max(*next - clock.now(), std::chrono::milliseconds(0)));
    }
};

Answer receipt_signed(const Receipt& receipt, const PrivateKey& key) {
    Answer made = testing::answer(Kind::receipt);
    made.receipt = sign_receipt(receipt, key);
    return made;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_chunk_is_delivered_in_its_streams_order, Fixture) {
    queue("admissions", 3);
    std::vector<std::uint64_t> told;
    const DeliveryRound round =
        courier.deliver(go_on, [&](const QueuedChunk& chunk) { told.push_back(chunk.sequence); });
    BOOST_TEST(round.delivered == 3U);
    BOOST_TEST(round.delivered_bytes == 3U * 5011U);
    BOOST_TEST(round.repository_reached);
    BOOST_TEST(told == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
    const std::vector<std::string> expected{"PUT admissions 1", "PATCH admissions 1 from 0",
                                            "PUT admissions 2", "PATCH admissions 2 from 0",
                                            "PUT admissions 3", "PATCH admissions 3 from 0"};
    BOOST_TEST(transport.requests == expected, boost::test_tools::per_element());
    BOOST_TEST(outbox.totals().queued_chunks == 0U);
    BOOST_TEST(outbox.totals().delivered_chunks == 3U);
}

BOOST_FIXTURE_TEST_CASE(more_chunks_than_one_look_takes_are_delivered_in_one_round, Fixture) {
    queue("admissions", 150);
    BOOST_TEST(courier.deliver(go_on).delivered == 150U);
    BOOST_TEST(!courier.next_attempt().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_postponed_chunk_holds_back_its_stream_and_no_other, Fixture) {
    queue("admissions", 80);
    queue("outpatients", 2);
    transport.on_announce = [](const Manifest& manifest) -> std::optional<Answer> {
        return manifest.stream == "admissions" ? std::optional(testing::answer(Kind::later, "HTTP 500")) : std::nullopt;
    };
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.postponed == 1U);
    BOOST_TEST(round.delivered == 2U);
    BOOST_TEST(std::count(transport.requests.begin(), transport.requests.end(), "PUT admissions 1") == 1);
    BOOST_TEST(std::count(transport.requests.begin(), transport.requests.end(), "PUT admissions 2") == 0);
    BOOST_TEST(outbox.totals().queued_chunks == 80U);

    transport.on_announce = nullptr;
    wait();
    BOOST_TEST(courier.deliver(go_on).delivered == 80U);
}

BOOST_FIXTURE_TEST_CASE(a_refused_chunk_is_set_aside_and_the_rest_goes_on, Fixture) {
    queue("admissions", 3);
    transport.on_announce = [](const Manifest& manifest) -> std::optional<Answer> {
        return manifest.sequence == 2 ? std::optional(testing::answer(Kind::refused, "HTTP 409: Conflict"))
                                      : std::nullopt;
    };
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.quarantined == 1U);
    BOOST_TEST(round.delivered == 2U);
    BOOST_TEST(outbox.totals().quarantined_chunks == 1U);
    const std::vector<QueuedChunk> left = outbox.list(10);
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left[0].last_error == "HTTP 409: Conflict");
    BOOST_TEST(logged("quarantine") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_receipt_is_no_delivery, Fixture) {
    queue("admissions");
    const PrivateKey stranger = PrivateKey::create();
    using Change = std::function<Answer(Receipt)>;
    const std::vector<std::pair<std::string, Change>> wrong{
        {"digest",
         [&](Receipt r) {
             r.sealed_sha256 = std::string(64, 'f');
             return receipt_signed(r, repository.key);
         }},
        {"id",
         [&](Receipt r) {
             r.id = std::string(32, 'f');
             return receipt_signed(r, repository.key);
         }},
        {"site",
         [&](Receipt r) {
             r.site = "RX1";
             return receipt_signed(r, repository.key);
         }},
        {"stream",
         [&](Receipt r) {
             r.stream = "other";
             return receipt_signed(r, repository.key);
         }},
        {"sequence",
         [&](Receipt r) {
             r.sequence = 9;
             return receipt_signed(r, repository.key);
         }},
        {"signature", [&](Receipt r) { return receipt_signed(r, stranger); }},
        {"garbage", [&](Receipt) {
             Answer a = testing::answer(Kind::receipt);
             a.receipt = "{}";
             return a;
         }}};
    std::size_t round_number = 0;
    for (const auto& [name, change] : wrong) {
        transport.on_announce = [&, apply = change](const Manifest& manifest) {
            return std::optional(apply(transport.receipt_for(manifest)));
        };
        BOOST_TEST_CONTEXT(name) {
            const DeliveryRound round = courier.deliver(go_on);
            BOOST_TEST(round.delivered == 0U);
            BOOST_TEST(round.postponed == 1U);
            BOOST_TEST(round.last_error.starts_with("wrong receipt: "));
            BOOST_TEST(outbox.totals().queued_chunks == 1U);
            BOOST_TEST(logged("the repository gave a wrong receipt") == ++round_number);
        }
        wait();
    }
    transport.on_announce = nullptr;
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_upload_goes_on_where_the_repository_stands, Fixture) {
    queue("admissions");
    const std::string id = outbox.list(1)[0].id;
    transport.held[id] = outbox.payload(id).substr(0, 1234);
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
    BOOST_TEST(transport.requests.back() == "PATCH admissions 1 from 1234");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_offset_is_put_right_at_once, Fixture) {
    queue("admissions");
    const std::string id = outbox.list(1)[0].id;
    bool first = true;
    transport.on_send = [&](const Manifest&, std::uint64_t) -> std::optional<Answer> {
        if (!std::exchange(first, false)) {
            return std::nullopt;
        }
        transport.held[id] = outbox.payload(id).substr(0, 77);
        Answer moved = testing::answer(Kind::partial);
        moved.held = 77;
        return moved;
    };
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
    BOOST_TEST(transport.requests.back() == "PATCH admissions 1 from 77");
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_announcement_is_made_again, Fixture) {
    queue("admissions");
    bool first = true;
    transport.on_send = [&](const Manifest&, std::uint64_t) {
        return std::exchange(first, false) ? std::optional(testing::answer(Kind::unannounced)) : std::nullopt;
    };
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
    const std::vector<std::string> expected{"PUT admissions 1", "PATCH admissions 1 from 0", "PUT admissions 1",
                                            "PATCH admissions 1 from 0"};
    BOOST_TEST(transport.requests == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_answers_in_circles_is_left_for_later, Fixture) {
    queue("admissions");
    transport.on_send = [](const Manifest&, std::uint64_t) { return std::optional(testing::answer(Kind::partial)); };
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.postponed == 1U);
    BOOST_TEST(transport.requests.size() < 20U);
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_claims_more_than_there_is_gets_nothing, Fixture) {
    queue("admissions");
    transport.on_announce = [](const Manifest& manifest) {
        Answer boast = testing::answer(Kind::partial);
        boast.held = manifest.sealed_bytes + 1;
        return std::optional(boast);
    };
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.postponed == 1U);
    BOOST_TEST(transport.requests.size() == 1U);
    BOOST_TEST(outbox.totals().queued_chunks == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_outage_is_logged_when_it_begins_and_when_it_ends, Fixture) {
    queue("admissions", 3);
    queue("outpatients", 3);
    transport.on_announce = [](const Manifest&) -> std::optional<Answer> {
        throw Error(ErrorCode::network, "h:8443: connection refused");
    };
    transport.on_close_run = [](const RunManifest&) -> std::optional<Answer> {
        throw Error(ErrorCode::network, "h:8443: connection refused");
    };
    for (int attempt = 0; attempt < 8; ++attempt) {
        const std::size_t before = transport.requests.size() + transport.runs.size();
        const DeliveryRound round = courier.deliver(go_on);
        BOOST_TEST(!round.repository_reached);
        BOOST_TEST(round.last_error == "h:8443: connection refused");
        // The round stops at the first failure.
        BOOST_TEST(transport.requests.size() + transport.runs.size() == before + 1U);
        wait();
    }
    BOOST_TEST(logged("cannot be reached") == 1U);
    transport.on_announce = nullptr;
    transport.on_close_run = nullptr;
    // Each of the two streams may have been postponed by its own time.
    while (outbox.totals().queued_chunks > 0) {
        courier.deliver(go_on);
        if (outbox.totals().queued_chunks > 0) {
            wait();
        }
    }
    BOOST_TEST(logged("cannot be reached") == 1U);
    BOOST_TEST(logged("deliveries go on") == 1U);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_tried_while_a_pause_runs, Fixture) {
    queue("admissions");
    queue("outpatients");
    transport.on_announce = [](const Manifest&) {
        Answer busy = testing::answer(Kind::later, "HTTP 503: Not now");
        busy.retry_after = std::chrono::seconds(90);
        return std::optional(busy);
    };
    courier.deliver(go_on);
    BOOST_TEST(transport.requests.size() == 1U);  // Retry-After is for everything, not for one chunk
    transport.on_announce = nullptr;
    clock.pass(std::chrono::milliseconds(89'999));
    BOOST_TEST(courier.deliver(go_on).delivered == 0U);
    BOOST_TEST(transport.requests.size() == 1U);
    BOOST_TEST((*courier.next_attempt() >= clock.now() + std::chrono::milliseconds(1)));
    clock.pass(std::chrono::milliseconds(1));
    BOOST_TEST(courier.deliver(go_on).delivered == 2U);
}

BOOST_FIXTURE_TEST_CASE(waits_stay_within_the_back_offs_bounds_and_have_no_end, Fixture) {
    queue("admissions");
    transport.on_announce = [](const Manifest&) { return std::optional(testing::answer(Kind::later, "HTTP 500")); };
    for (unsigned attempt = 0; attempt < 40; ++attempt) {
        BOOST_REQUIRE(courier.deliver(go_on).postponed == 1U);
        const auto longest = std::min<std::int64_t>(15 * 60 * 1000, std::int64_t{1000} << std::min(attempt, 20U));
        BOOST_TEST((*courier.next_attempt() - clock.now()).count() <= longest);
        wait();
    }
    BOOST_TEST(outbox.list(1)[0].attempts == 40U);
    BOOST_TEST((outbox.list(1)[0].state == ChunkState::queued));
}

BOOST_FIXTURE_TEST_CASE(a_site_that_is_not_let_in_keeps_its_chunks_queued, Fixture) {
    queue("admissions", 2);
    transport.on_announce = [](const Manifest&) {
        return std::optional(testing::answer(Kind::denied, "HTTP 403: Another site"));
    };
    for (int attempt = 0; attempt < 5; ++attempt) {
        const DeliveryRound round = courier.deliver(go_on);
        BOOST_TEST(round.quarantined == 0U);
        BOOST_TEST(round.last_error == "HTTP 403: Another site");
        wait();
    }
    BOOST_TEST(outbox.totals().queued_chunks == 2U);
    BOOST_TEST(outbox.totals().quarantined_chunks == 0U);
    BOOST_TEST(logged("does not take a stream of this site") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_is_not_taken_holds_up_no_other_and_is_told_of_once, Fixture) {
    queue("letters");
    bool taken = false;
    transport.on_announce = [&](const Manifest& manifest) -> std::optional<Answer> {
        if (manifest.stream != "letters" || taken) {
            return std::nullopt;
        }
        return testing::answer(Kind::denied, "HTTP 403: Not taken here");
    };
    for (unsigned round = 1; round <= 4; ++round) {
        queue("admissions");
        BOOST_TEST(courier.deliver(go_on).delivered == 1U);
        wait();
    }
    BOOST_TEST(logged("does not take a stream of this site") == 1U);
    BOOST_TEST(logged("deliveries go on") == 0U);
    taken = true;
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
    BOOST_TEST(logged("takes a stream again") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_tls_failure_keeps_the_chunk_and_tells_the_cause, Fixture) {
    queue("admissions");
    transport.on_announce = [](const Manifest&) -> std::optional<Answer> {
        throw Error(ErrorCode::key, "h: the repository's certificate has expired");
    };
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(!round.repository_reached);
    BOOST_TEST(outbox.list(1)[0].last_error == "h: the repository's certificate has expired");
    BOOST_TEST(logged("certificate has expired") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_chunk_that_is_damaged_in_the_queue_is_not_sent, Fixture) {
    queue("admissions", 2);
    {
        Database database(folder.path() / "queue.db", Database::Access::write);
        database.execute(
            "UPDATE payloads SET sealed = zeroblob(length(sealed)) WHERE chunk = (SELECT min(chunk) FROM payloads)");
    }
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.quarantined == 1U);
    BOOST_TEST(round.delivered == 1U);
    BOOST_TEST(round.last_error.find("does not match its digest") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_manifest_that_is_damaged_in_the_queue_does_not_stop_the_others, Fixture) {
    queue("admissions", 2);
    {
        Database database(folder.path() / "queue.db", Database::Access::write);
        database.execute(
            "UPDATE payloads SET manifest = replace(manifest, 'rows', 'rosw') WHERE chunk = (SELECT min(chunk) FROM "
            "payloads)");
    }
    const DeliveryRound round = courier.deliver(go_on);
    BOOST_TEST(round.quarantined == 1U);
    BOOST_TEST(round.delivered == 1U);
    BOOST_TEST(round.last_error.find("manifest is damaged") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_queue_that_fails_is_not_asked_again_at_once, Fixture) {
    queue("admissions");
    {
        Database database(folder.path() / "queue.db", Database::Access::write);
        database.execute(
            "CREATE TRIGGER full BEFORE DELETE ON chunks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    }
    BOOST_CHECK_THROW(courier.deliver(go_on), Error);
    BOOST_REQUIRE(courier.next_attempt().has_value());
    BOOST_TEST((*courier.next_attempt() > clock.now()));
    const auto requests = transport.requests.size();
    courier.deliver(go_on);
    BOOST_TEST(transport.requests.size() == requests);
    {
        Database database(folder.path() / "queue.db", Database::Access::write);
        database.execute("DROP TRIGGER full");
    }
    wait();
    BOOST_TEST(courier.deliver(go_on).delivered == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_is_heeded_between_chunks, Fixture) {
    queue("admissions", 5);
    int delivered = 0;
    courier.deliver([&] { return delivered == 2; }, [&](const QueuedChunk&) { ++delivered; });
    BOOST_TEST(delivered == 2);
    BOOST_TEST(outbox.totals().queued_chunks == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_was_ahead_makes_no_chunk_wait, Fixture) {
    for (const auto ahead : {std::chrono::hours(3), std::chrono::hours(24 * 365)}) {
        queue("admissions");
        clock.set(ahead);
        transport.on_announce = [](const Manifest&) { return std::optional(testing::answer(Kind::later, "busy")); };
        BOOST_TEST(courier.deliver(go_on).postponed == 1U);
        clock.set(-ahead);
        BOOST_TEST((courier.next_attempt().value() <= clock.now()));
        transport.on_announce = {};
        BOOST_TEST(courier.deliver(go_on).delivered == 1U);
    }
    BOOST_TEST(logged("the clock was set back") == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
