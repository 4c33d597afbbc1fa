// Manifests of runs that are over, taken to the repository.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/outbox/database.h"
#include "tests/unit/courier/delivery_fixture.h"

using namespace tributary;
using Kind = Answer::Kind;

BOOST_AUTO_TEST_SUITE(courier_runs_tests)

namespace {

bool go_on() {
    return false;
}

struct Fixture {
    testing::TemporaryFolder folder;
    testing::TestClock clock;
    testing::Identity site = testing::p256_identity("RVW");
    testing::Identity repository = testing::p256_identity("repository");
    Log log{testing::silence()};
    Outbox outbox{folder.path() / "queue.db", "RVW", clock};
    testing::ScriptedTransport transport{repository.key, site.certificate};
    Courier courier{outbox, {&transport}, site.key, repository.certificate, {"RVW"}, clock, log};

    void run(const std::string& stream, int chunks = 1) {
        std::vector<SealedChunk> made;
        for (int chunk = 0; chunk < chunks; ++chunk) {
            made.push_back(testing::chunk_of(stream, "{}\n{}\n", stream + std::to_string(chunk), clock.now()));
        }
        testing::queue(outbox, std::move(made));
    }
    void wait() {
        const auto next = courier.next_attempt();
        BOOST_REQUIRE(next.has_value());
        clock.pass(std::max(*next - clock.now(), std::chrono::milliseconds(0)));
    }
    Answer receipt(const RunReceipt& receipt) const {
        Answer made = testing::answer(Kind::receipt);
        made.receipt = sign_receipt(receipt, repository.key);
        return made;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_manifest_of_a_run_follows_its_chunks_and_leaves_the_queue_with_a_receipt, Fixture) {
    run("admissions", 3);
    BOOST_TEST(outbox.totals().queued_runs == 1U);
    BOOST_TEST(courier.deliver(go_on).delivered == 3U);
    BOOST_TEST_REQUIRE(transport.runs.size() == 1U);
    const RunManifest& sent = transport.runs.front();
    BOOST_TEST(sent.source == "hospital");
    BOOST_TEST_REQUIRE(sent.streams.size() == 1U);
    BOOST_TEST(sent.streams[0].first == 1U);
    BOOST_TEST(sent.streams[0].last == 3U);
    BOOST_TEST(sent.streams[0].rows == 6U);
    BOOST_TEST(outbox.totals().queued_runs == 0U);
    BOOST_TEST(!courier.next_attempt().has_value());
    courier.deliver(go_on);
    BOOST_TEST(transport.runs.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_outage_at_a_run_manifest_pauses_and_loses_nothing, Fixture) {
    run("admissions");
    transport.on_close_run = [](const RunManifest&) -> std::optional<Answer> {
        throw Error(ErrorCode::network, "connection refused");
    };
    const DeliveryRound failed = courier.deliver(go_on);
    BOOST_TEST(failed.delivered == 1U);
    BOOST_TEST(!failed.repository_reached);
    BOOST_TEST(outbox.totals().queued_runs == 1U);
    BOOST_TEST(outbox.queued_runs(1).at(0).last_error == "connection refused");
    transport.on_close_run = nullptr;
    wait();
    BOOST_TEST(courier.deliver(go_on).repository_reached);
    BOOST_TEST(outbox.totals().queued_runs == 0U);
}

BOOST_FIXTURE_TEST_CASE(while_chunks_fail_no_run_manifest_is_tried, Fixture) {
    run("admissions");
    transport.on_announce = [](const Manifest&) -> std::optional<Answer> {
        throw Error(ErrorCode::network, "connection refused");
    };
    courier.deliver(go_on);
    BOOST_TEST(transport.runs.empty());
    BOOST_TEST(outbox.totals().queued_runs == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_receipt_keeps_the_run_manifest_in_the_queue, Fixture) {
    run("admissions");
    const auto id = outbox.queued_runs(1).at(0).id;
    const auto digest = to_hex(sha256(outbox.run_manifest(id)));
    const std::string other(32, 'a');
    const RunReceipt wrong[] = {{other, "RVW", digest, clock.now()},
                                {id, "RX1", digest, clock.now()},
                                {id, "RVW", std::string(64, '0'), clock.now()}};
    for (const RunReceipt& receipt_of_another : wrong) {
        transport.on_close_run = [&](const RunManifest&) { return std::optional(receipt(receipt_of_another)); };
        courier.deliver(go_on);
        BOOST_TEST(outbox.totals().queued_runs == 1U);
        BOOST_TEST(outbox.queued_runs(1).at(0).last_error.starts_with("wrong receipt"));
        wait();
    }
    transport.on_close_run = [&](const RunManifest&) {
        Answer forged = testing::answer(Kind::receipt);
        forged.receipt = sign_receipt(RunReceipt{id, "RVW", digest, clock.now()}, PrivateKey::create());
        return std::optional(forged);
    };
    courier.deliver(go_on);
    BOOST_TEST(outbox.totals().queued_runs == 1U);
    // The receipt of a chunk is none of a run.
    transport.on_close_run = [&](const RunManifest&) {
        Answer of_chunk = testing::answer(Kind::receipt);
        of_chunk.receipt =
            sign_receipt(Receipt{id, "RVW", "admissions", 1, std::string(64, '0'), clock.now()}, repository.key);
        return std::optional(of_chunk);
    };
    wait();
    courier.deliver(go_on);
    BOOST_TEST(outbox.totals().queued_runs == 1U);
    transport.on_close_run = nullptr;
    wait();
    courier.deliver(go_on);
    BOOST_TEST(outbox.totals().queued_runs == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_refused_run_manifest_goes_to_quarantine_and_comes_back_on_demand, Fixture) {
    run("admissions");
    transport.on_close_run = [](const RunManifest&) { return std::optional(testing::answer(Kind::refused, "no")); };
    BOOST_TEST(courier.deliver(go_on).quarantined == 1U);
    BOOST_TEST(outbox.totals().quarantined_runs == 1U);
    BOOST_TEST(!courier.next_attempt().has_value());
    transport.on_close_run = nullptr;
    outbox.retry(outbox.queued_runs(1).at(0).id);
    courier.deliver(go_on);
    BOOST_TEST(outbox.totals().queued_runs + outbox.totals().quarantined_runs == 0U);
}

BOOST_FIXTURE_TEST_CASE(later_and_denied_wait_and_hold_up_no_other_run, Fixture) {
    for (const Kind kind : {Kind::later, Kind::denied, Kind::partial}) {
        run("admissions");
        run("outpatients");
        const auto first = outbox.queued_runs(1).at(0).id;
        transport.on_close_run = [&](const RunManifest& manifest) {
            return manifest.id == first ? std::optional(testing::answer(kind, "not now")) : std::nullopt;
        };
        BOOST_TEST(courier.deliver(go_on).postponed == 1U);
        BOOST_TEST(outbox.totals().queued_runs == 1U);
        transport.on_close_run = nullptr;
        wait();
        courier.deliver(go_on);
        BOOST_TEST(outbox.totals().queued_runs == 0U);
    }
}

BOOST_FIXTURE_TEST_CASE(retry_after_is_kept_to, Fixture) {
    run("admissions");
    transport.on_close_run = [](const RunManifest&) {
        Answer busy = testing::answer(Kind::later, "HTTP 503");
        busy.retry_after = std::chrono::seconds(120);
        return std::optional(busy);
    };
    courier.deliver(go_on);
    BOOST_TEST((*courier.next_attempt() - clock.now() >= std::chrono::seconds(120)));
}

BOOST_FIXTURE_TEST_CASE(a_run_manifest_that_changed_in_the_queue_is_set_aside, Fixture) {
    run("admissions");
    {
        Database other(folder.path() / "queue.db", Database::Access::write);
        other.execute("UPDATE run_manifests SET manifest = replace(manifest, 'hospital', 'hospitql')");
    }
    BOOST_TEST(courier.deliver(go_on).quarantined == 1U);
    BOOST_TEST(transport.runs.empty());
    BOOST_TEST(outbox.queued_runs(1).at(0).last_error.find("damaged") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
