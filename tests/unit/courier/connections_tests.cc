#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "agent/courier/chunk_turns.h"
#include "agent/courier/courier.h"
#include "agent/platform/error.h"
#include "tests/unit/courier/delivery_fixture.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;
using Kind = Answer::Kind;

BOOST_AUTO_TEST_SUITE(connections_tests)

namespace {

constexpr std::size_t connections = 3;

/// Lets nobody go on before so many are there, or 20 seconds have passed.
class Meeting {
  public:
    explicit Meeting(std::size_t wanted) : wanted_(wanted) {}
    bool join() {
        std::unique_lock lock(mutex_);
        ++there_;
        changed_.notify_all();
        return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return there_ >= wanted_; });
    }

  private:
    std::size_t wanted_;
    std::size_t there_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
};

struct Fixture {
    testing::TemporaryFolder folder;
    testing::TestClock clock;
    testing::Identity site = testing::p256_identity("RVW");
    testing::Identity repository = testing::p256_identity("repository");
    Log log{[this] {
        LogConfiguration configuration;
        configuration.target = LogConfiguration::Target::file;
        configuration.file = folder.path() / "courier.log";
        return configuration;
    }()};
    Outbox outbox{folder.path() / "queue.db", "RVW", clock};
    std::vector<std::unique_ptr<testing::ScriptedTransport>> transports = [this] {
        std::vector<std::unique_ptr<testing::ScriptedTransport>> made;
        for (std::size_t i = 0; i < connections; ++i) {
            made.push_back(std::make_unique<testing::ScriptedTransport>(repository.key, site.certificate));
        }
        return made;
    }();
    Courier courier{outbox,   {transports[0].get(), transports[1].get(), transports[2].get()},
                    site.key, repository.certificate,
                    {"RVW"},  clock,
                    log};

    void queue(const std::string& stream, int chunks) {
        std::vector<SealedChunk> made;
        for (int chunk = 0; chunk < chunks; ++chunk) {
            made.push_back(testing::chunk_of(stream, "{}\n", stream + std::to_string(chunk) + std::string(5000, 's'),
                                             clock.now()));
        }
        testing::queue(outbox, std::move(made));
    }

    /// What went over all connections, sorted.
    std::vector<std::string> requests() const {
        std::vector<std::string> all;
        for (const auto& transport : transports) {
            std::copy_if(transport->requests.begin(), transport->requests.end(), std::back_inserter(all),
                         [](const std::string& request) { return request != "close"; });
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    std::size_t logged(const std::string& words) const {
        std::ifstream file(folder.path() / "courier.log");
        std::size_t count = 0;
        for (std::string line; std::getline(file, line);) {
            count += line.find(words) != std::string::npos ? 1U : 0U;
        }
        return count;
    }
};

const std::function<bool()> go_on = [] { return false; };

}  // namespace

BOOST_FIXTURE_TEST_CASE(one_chunk_is_under_way_on_each_connection, Fixture) {
    queue("admissions", 10);
    Meeting meeting(connections);
    std::atomic<int> met = 0;
    std::atomic<bool> alone = true;
    for (auto& transport : transports) {
        transport->on_send = [&](const Manifest& manifest, std::uint64_t) -> std::optional<Answer> {
            if (manifest.sequence == 1) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));  // another would be seen by now
                alone = alone && met == 0;
            } else {
                ++met;
                if (!meeting.join()) {
                    met = -100;
                }
            }
            return std::nullopt;
        };
    }
    std::vector<std::uint64_t> told;
    const auto round = courier.deliver(go_on, [&](const QueuedChunk& chunk) { told.push_back(chunk.sequence); });
    BOOST_TEST(round.delivered == 10U);
    BOOST_TEST(alone);  // the first one shows whether the repository is there at all
    BOOST_TEST(met == 9);
    std::sort(told.begin(), told.end());
    BOOST_TEST(told == (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), boost::test_tools::per_element());
    const auto all = requests();
    BOOST_TEST(all.size() == 20U);  // each announced and sent once
    BOOST_TEST((std::adjacent_find(all.begin(), all.end()) == all.end()));
    BOOST_TEST(outbox.totals().queued_chunks == 0U);
    BOOST_TEST(transports[0]->requests.back() != "close");  // kept for the next round
    BOOST_TEST(transports[1]->requests.back() == "close");
    BOOST_TEST(transports[2]->requests.back() == "close");
}

BOOST_FIXTURE_TEST_CASE(nothing_more_is_begun_behind_a_chunk_that_was_put_off, Fixture) {
    queue("admissions", 200);
    queue("outpatients", 5);
    for (auto& transport : transports) {
        transport->on_announce = [](const Manifest& manifest) -> std::optional<Answer> {
            return manifest.stream == "admissions" && manifest.sequence >= 4
                       ? std::optional(testing::answer(Kind::later, "busy"))
                       : std::nullopt;
        };
    }
    const auto round = courier.deliver(go_on);
    BOOST_TEST(round.delivered == 8U);
    BOOST_TEST(round.postponed >= 1U);
    BOOST_TEST(round.postponed <= connections);
}

BOOST_FIXTURE_TEST_CASE(a_failure_that_breaks_every_connection_is_one_failure, Fixture) {
    queue("admissions", 20);
    Meeting meeting(connections);
    for (auto& transport : transports) {
        transport->on_send = [&](const Manifest& manifest, std::uint64_t) -> std::optional<Answer> {
            if (manifest.sequence == 1) {
                return std::nullopt;
            }
            meeting.join();
            throw Error(ErrorCode::network, "the line was cut");
        };
    }
    const auto round = courier.deliver(go_on);
    BOOST_TEST(round.delivered == 1U);
    BOOST_TEST(round.postponed == connections);
    BOOST_TEST(!round.repository_reached);
    BOOST_TEST(logged("cannot be reached") == 1U);
    BOOST_REQUIRE(courier.next_attempt().has_value());
    BOOST_TEST((*courier.next_attempt() - clock.now()).count() <= 1000);  // as after one failure
    for (auto& transport : transports) {
        transport->on_send = {};
    }
    clock.pass(std::chrono::seconds(2));
    BOOST_TEST(courier.deliver(go_on).delivered == 19U);
    BOOST_TEST(logged("deliveries go on") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stop_is_no_failure_of_the_chunks_under_way, Fixture) {
    queue("admissions", 20);
    std::atomic<bool> stopping = false;
    for (auto& transport : transports) {
        transport->on_send = [&](const Manifest& manifest, std::uint64_t) -> std::optional<Answer> {
            if (manifest.sequence > 5) {
                stopping = true;
                throw Error(ErrorCode::stopped, "stopped");
            }
            return std::nullopt;
        };
    }
    const auto round = courier.deliver([&] { return stopping.load(); });
    BOOST_TEST(round.delivered == 5U);
    BOOST_TEST(round.postponed == 0U);
    for (const auto& chunk : outbox.due(clock.now(), 100)) {
        BOOST_TEST(chunk.attempts == 0U);
    }
    BOOST_TEST(outbox.due(clock.now(), 100).size() == 15U);
}

BOOST_FIXTURE_TEST_CASE(a_chunk_that_was_under_way_at_the_look_is_not_handed_out_again, Fixture) {
    queue("visits", 1);
    ChunkTurns turns(outbox, clock, go_on);
    const auto visit = turns.next();
    BOOST_REQUIRE(visit);
    queue("admissions", 2);
    BOOST_TEST(turns.next()->stream == "admissions");  // a look into the queue, in which the visit still stands
    outbox.store_receipt(visit->id, "receipt");
    turns.finished(*visit, false);
    const auto last = turns.next();
    BOOST_REQUIRE(last);
    BOOST_TEST(last->stream == "admissions");
    BOOST_TEST(last->sequence == 2U);
}

// What was saved from a damaged queue keeps that queue's id; the repository orders queues by what of them comes first.
BOOST_FIXTURE_TEST_CASE(a_chunk_waits_for_those_of_an_earlier_queue_of_its_stream, Fixture) {
    queue("admissions", 3);
    const auto saved = outbox.due(clock.now(), 100).at(0);
    sqlite3* database = nullptr;
    BOOST_REQUIRE(sqlite3_open((folder.path() / "queue.db").string().c_str(), &database) == SQLITE_OK);
    BOOST_REQUIRE(sqlite3_exec(database, "UPDATE chunks SET queue = 'of before' WHERE number = 1", nullptr, nullptr,
                               nullptr) == SQLITE_OK);
    sqlite3_close(database);
    ChunkTurns turns(outbox, clock, go_on);
    const auto first = turns.next();
    BOOST_TEST(first->id == saved.id);
    auto second = std::async(std::launch::async, [&] { return turns.next(); });
    BOOST_TEST((second.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout));
    outbox.store_receipt(first->id, "receipt");
    turns.finished(*first, false);
    BOOST_TEST(second.get()->sequence == 2U);
    BOOST_TEST(turns.next()->sequence == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
