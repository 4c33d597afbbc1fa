#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/platform/error.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    Outbox outbox{folder.file(), "RVW", clock};
    std::string run = outbox.begin_run("pas");

    std::string add(const std::string& stream, std::size_t size = 1'000) {
        auto chunk = chunk_of_size(stream, size);
        chunk.manifest.created = clock.now();
        const auto id = chunk.manifest.id;
        outbox.commit(commit_of("pas", run, id, {std::move(chunk)}));
        return id;
    }
    std::vector<std::string> due(std::size_t limit = 100) {
        std::vector<std::string> ids;
        for (const auto& chunk : outbox.due(clock.now(), limit)) {
            ids.push_back(chunk.id);
        }
        return ids;
    }
};

using Ids = std::vector<std::string>;

template <typename Call>
ErrorCode code_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_delivery_tests, Fixture)

BOOST_AUTO_TEST_CASE(the_lowest_of_each_stream_is_due_first) {
    const auto a1 = add("admissions");
    const auto a2 = add("admissions");
    const auto a3 = add("admissions");
    const auto p1 = add("patients");
    const auto p2 = add("patients");
    BOOST_TEST((due() == Ids{a1, p1, a2, p2, a3}));
    BOOST_TEST((due(2) == Ids{a1, p1}));
    BOOST_TEST((due(1) == Ids{a1}));
    BOOST_TEST(due(0).empty());
    BOOST_TEST((outbox.next_due().value() <= clock.now()));
}

BOOST_AUTO_TEST_CASE(a_chunk_that_waits_holds_up_its_stream_and_no_other) {
    const auto a1 = add("admissions");
    const auto a2 = add("admissions");
    const auto p1 = add("patients");
    const auto later = clock.now() + std::chrono::minutes(5);
    outbox.record_attempt(a1, "connection refused", later);
    BOOST_TEST((due() == Ids{p1}));
    outbox.store_receipt(p1, "receipt");
    BOOST_TEST(due().empty());
    BOOST_TEST((outbox.next_due() == later));
    clock.advance(std::chrono::minutes(5));
    BOOST_TEST((due() == Ids{a1, a2}));
}

BOOST_AUTO_TEST_CASE(a_quarantined_chunk_stays_and_does_not_hold_up_its_stream) {
    const auto a1 = add("admissions");
    const auto a2 = add("admissions");
    outbox.quarantine(a1, "the repository refuses the policy");
    BOOST_TEST((due() == Ids{a2}));
    outbox.store_receipt(a2, "receipt");
    BOOST_TEST(due().empty());
    BOOST_TEST(!outbox.next_due());
    const auto listed = outbox.list(10);
    BOOST_REQUIRE(listed.size() == 1U);
    BOOST_TEST((listed[0].state == ChunkState::quarantined));
    BOOST_TEST(listed[0].last_error == "the repository refuses the policy");
    BOOST_TEST(outbox.payload(a1).size() == 1'000U);
    const auto totals = outbox.totals();
    BOOST_TEST(totals.quarantined_chunks == 1U);
    BOOST_TEST(totals.queued_chunks == 0U);
    BOOST_TEST(totals.delivered_chunks == 1U);
}

BOOST_AUTO_TEST_CASE(a_chunk_that_is_tried_again_is_due_at_once_in_its_place) {
    const auto a1 = add("admissions");
    const auto a2 = add("admissions");
    outbox.quarantine(a1, "the repository refuses the policy");
    outbox.record_attempt(a2, "connection refused", clock.now() + std::chrono::minutes(15));
    BOOST_TEST(due().empty());
    outbox.retry(a2);
    BOOST_TEST((due() == Ids{a2}));
    outbox.retry(a1);
    BOOST_TEST((due() == Ids{a1, a2}));
    BOOST_TEST((outbox.find(a1).value().state == ChunkState::queued));
    BOOST_TEST((code_of([&] { outbox.retry("no such chunk"); }) == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(only_what_is_in_quarantine_can_be_discarded) {
    const auto a1 = add("admissions");
    const auto a2 = add("admissions");
    BOOST_TEST((code_of([&] { outbox.discard(a1); }) == ErrorCode::in_use));
    outbox.quarantine(a1, "the repository refuses the policy");
    outbox.discard(a1);
    BOOST_TEST(!outbox.find(a1));
    BOOST_TEST((due() == Ids{a2}));
    BOOST_TEST((code_of([&] { outbox.discard(a1); }) == ErrorCode::not_found));
    BOOST_TEST((code_of([&] { outbox.payload(a1); }) == ErrorCode::not_found));
    BOOST_TEST(outbox.verify().empty());
    // Its number stays missing.
    const auto a3 = add("admissions");
    BOOST_TEST(outbox.find(a3).value().sequence == 3U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_ahead_holds_up_nothing_when_it_is_right_again) {
    clock.advance(std::chrono::hours(24 * 30));
    outbox.commit(commit_of("hospital", outbox.begin_run("hospital"), "1", {chunk_of_size("admissions", 100)}));
    const auto id = outbox.list(1).front().id;
    clock.advance(std::chrono::hours(-24 * 30));
    BOOST_TEST(outbox.due(clock.now(), 10).size() == 1U);
    // Nor what was put off by that clock.
    outbox.record_attempt(id, "connection refused", clock.now() + std::chrono::hours(24 * 30));
    BOOST_TEST(outbox.due(clock.now(), 10).size() == 1U);
    BOOST_TEST((outbox.next_due().value() <= clock.now()));
    outbox.record_attempt(id, "connection refused", clock.now() + std::chrono::minutes(15));
    BOOST_TEST(outbox.due(clock.now(), 10).empty());
}

BOOST_AUTO_TEST_CASE(attempts_are_counted_and_their_errors_capped_between_characters) {
    const auto id = add("admissions");
    std::string message;
    for (int i = 0; i < 400; ++i) {
        message += "\xc3\xa9";
    }
    outbox.record_attempt(id, "first", clock.now());
    outbox.record_attempt(id, message, clock.now() + std::chrono::seconds(9));
    const auto chunk = outbox.list(1).at(0);
    BOOST_TEST(chunk.attempts == 2U);
    BOOST_TEST(chunk.last_error == message.substr(0, 600));
    BOOST_TEST((chunk.next_attempt == clock.now() + std::chrono::seconds(9)));
}

BOOST_AUTO_TEST_CASE(a_receipt_takes_the_place_of_its_chunk) {
    const auto id = add("admissions", 4'000);
    const auto manifest = parse_manifest(outbox.manifest(id));
    clock.advance(std::chrono::seconds(3));
    outbox.store_receipt(id, "the.receipt.jws");
    BOOST_TEST(outbox.list(10).empty());
    BOOST_TEST((code_of([&] { outbox.payload(id); }) == ErrorCode::not_found));
    BOOST_TEST((code_of([&] { outbox.manifest(id); }) == ErrorCode::not_found));
    const auto receipt = outbox.receipts(10).at(0);
    BOOST_TEST(receipt.chunk_id == id);
    BOOST_TEST(receipt.stream == "admissions");
    BOOST_TEST(receipt.sequence == 1U);
    BOOST_TEST(receipt.sealed_sha256 == manifest.sealed_sha256);
    BOOST_TEST(receipt.jws == "the.receipt.jws");
    BOOST_TEST((receipt.stored == clock.now()));
    BOOST_TEST(Connection(folder.file()).integer("SELECT count(*) FROM payloads") == 0);
}

BOOST_AUTO_TEST_CASE(a_receipt_that_comes_twice_is_kept_once) {
    const auto id = add("admissions");
    outbox.store_receipt(id, "first");
    outbox.store_receipt(id, "second");
    BOOST_TEST(outbox.receipts(10).size() == 1U);
    BOOST_TEST(outbox.receipts(10).at(0).jws == "first");
}

BOOST_AUTO_TEST_CASE(an_unknown_chunk_is_said_to_be_unknown) {
    const std::string id(32, '0');
    BOOST_TEST((code_of([&] { outbox.store_receipt(id, "x"); }) == ErrorCode::not_found));
    BOOST_TEST((code_of([&] { outbox.record_attempt(id, "x", clock.now()); }) == ErrorCode::not_found));
    BOOST_TEST((code_of([&] { outbox.quarantine(id, "x"); }) == ErrorCode::not_found));
    BOOST_TEST((code_of([&] { outbox.payload(id); }) == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(lists_are_in_order_and_bounded) {
    const auto a1 = add("admissions");
    const auto p1 = add("patients");
    const auto a2 = add("admissions");
    const auto listed = outbox.list(2);
    BOOST_REQUIRE(listed.size() == 2U);
    BOOST_TEST(listed[0].id == a1);
    BOOST_TEST(listed[1].id == p1);
    outbox.store_receipt(a1, "x");
    outbox.store_receipt(a2, "y");
    BOOST_TEST(outbox.receipts(1).at(0).chunk_id == a2);
}

BOOST_AUTO_TEST_CASE(the_space_of_delivered_chunks_goes_back_to_the_disk) {
    std::vector<std::string> ids;
    for (int i = 0; i < 60; ++i) {
        ids.push_back(add("admissions", 2U << 20U));
    }
    Connection other(folder.file());
    const auto bytes = [&] { return other.integer("PRAGMA page_count") * other.integer("PRAGMA page_size"); };
    for (std::size_t i = 0; i < ids.size(); ++i) {
        BOOST_TEST((i >= ids.size() / 2 || !outbox.give_back_space(false)));  // what is in use would have to move
        outbox.store_receipt(ids[i], "receipt");
    }
    while (outbox.give_back_space(false)) {
    }
    BOOST_TEST(bytes() < (80LL << 20U));
    BOOST_TEST(outbox.verify().empty());
}

BOOST_AUTO_TEST_SUITE_END()
