// Queues with damage of many kinds: what is saved is as it was, what is not is told of, and nothing else is there.
#include "agent/outbox/outbox_salvage.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    std::map<std::string, std::string> sealed;     // by chunk
    std::map<std::string, std::string> manifests;  // likewise
    std::vector<std::string> ids;                  // in the order of the queue
    std::string delivered;

    /// Chunks of two streams, one of them delivered and one in quarantine, closed.
    void fill(int commits = 20) {
        Outbox outbox(folder.file(), "RVW", clock);
        const auto run = outbox.begin_run("pas");
        for (int i = 0; i < commits; ++i) {
            const auto size = i % 3 == 0 ? 40'000U : 700U;
            OutboxCommit commit = commit_of("pas", run, "position " + std::to_string(i),
                                            {chunk_of_size("admissions", size), chunk_of_size("patients", 300)});
            commit.marks = {"mark " + std::to_string(i)};
            outbox.commit(commit);
            for (const auto& chunk : commit.chunks) {
                ids.push_back(chunk.manifest.id);
                sealed[ids.back()] = chunk.sealed;
                manifests[ids.back()] = outbox.manifest(ids.back());
            }
        }
        outbox.end_run(run, RunState::complete, "");
        outbox.commit(RetractionCommit{"pas", outbox.begin_run("pas"), "admissions", {}, "a sealed list"});
        delivered = ids.front();
        outbox.store_receipt(delivered, "a receipt");
        outbox.quarantine(ids.at(3), "refused");
    }
    std::string bytes() const {
        std::ifstream stream(folder.file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream stream(folder.file(), std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    std::vector<std::string> queued() const {
        std::vector<std::string> found;
        for (const auto& chunk : Outbox(folder.file(), "RVW", clock_, Outbox::Mode::read).list(1000)) {
            found.push_back(chunk.id);
        }
        return found;
    }
    /// The new queue holds chunks as they were, in their order, and tells of what it lacks.
    void check(const QueueSalvage& salvage, const std::string& about) {
        const Outbox outbox(folder.file(), "RVW", clock);
        BOOST_TEST(outbox.verify().empty(), about);
        std::size_t last = 0;
        const auto found = queued();
        BOOST_TEST(found.size() == salvage.chunks, about);
        for (const auto& id : found) {
            const auto place = std::find(ids.begin(), ids.end(), id);
            BOOST_TEST_REQUIRE((place != ids.end()), about);
            const auto number = static_cast<std::size_t>(place - ids.begin()) + 1;
            BOOST_TEST(number > last, about);
            last = number;
            BOOST_TEST((outbox.payload(id) == sealed.at(id)), about);
            BOOST_TEST((outbox.manifest(id) == manifests.at(id)), about);
        }
        const bool all = found.size() + salvage.receipts == ids.size();
        BOOST_TEST((all || !salvage.lost.empty()), about);
        BOOST_TEST(outbox.positions_lost().has_value() == salvage.positions_lost, about);
        if (!salvage.positions_lost) {
            BOOST_TEST(outbox.checkpoint("pas") == "position " + std::to_string((ids.size() / 2) - 1), about);
            for (std::size_t i = 0; i < ids.size() / 2; ++i) {
                BOOST_TEST(outbox.marked("pas", "mark " + std::to_string(i)), about);
            }
        }
        BOOST_TEST(outbox.has_begun("a stream that was never heard of"), about);
        BOOST_TEST(std::filesystem::exists(salvage.aside), about);
    }

  private:
    mutable SetClock clock_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_salvage_tests, Fixture)

BOOST_AUTO_TEST_CASE(of_a_sound_queue_all_is_saved) {
    fill();
    const auto before = bytes();
    const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
    check(salvage, "sound");
    BOOST_TEST(salvage.chunks == ids.size() - 1);
    BOOST_TEST(salvage.receipts == 1U);
    BOOST_TEST(salvage.lost.empty());
    BOOST_TEST(!salvage.positions_lost);
    std::ifstream aside(salvage.aside, std::ios::binary);
    BOOST_TEST((std::string(std::istreambuf_iterator<char>(aside), {}) == before));
    const Outbox outbox(folder.file(), "RVW", clock);
    BOOST_TEST(outbox.totals().quarantined_chunks == 1U);
    BOOST_TEST(outbox.remembered_opt_outs("admissions") == "a sealed list");
    BOOST_TEST(outbox.runs(10).size() == 2U);
    BOOST_TEST(outbox.last_completed("pas").has_value());
}

BOOST_AUTO_TEST_CASE(chunks_keep_their_numbers_and_new_ones_begin_anew_behind_them) {
    fill();
    salvage_outbox(folder.file(), "RVW", clock);
    Outbox outbox(folder.file(), "RVW", clock);
    const auto next = chunk_of_size("admissions", 100);
    outbox.commit(commit_of("pas", outbox.begin_run("pas"), "later", {next}));
    const auto old = parse_manifest(outbox.manifest(ids.at(2)));
    const auto fresh = parse_manifest(outbox.manifest(next.manifest.id));
    BOOST_TEST(old.sequence == 2U);
    BOOST_TEST(fresh.sequence == 1U);
    BOOST_TEST(fresh.previous.empty());
    BOOST_TEST(fresh.queue.size() == 32U);
    BOOST_TEST(fresh.queue != old.queue);
    std::vector<std::string> order;
    for (const auto& chunk : outbox.due(clock.now(), 1000)) {
        if (chunk.stream == "admissions") {
            order.push_back(chunk.id);
        }
    }
    BOOST_TEST(order.front() == ids.at(2));
    BOOST_TEST(order.back() == next.manifest.id);
    outbox.store_receipt(ids.at(2), "its receipt");
    outbox.store_receipt(next.manifest.id, "and this one's");
    BOOST_TEST(outbox.verify().empty());
}

BOOST_AUTO_TEST_CASE(whatever_page_is_overwritten_the_rest_is_saved) {
    fill();
    const auto whole = bytes();
    std::mt19937 random(4711);
    std::size_t nothing = 0;
    std::size_t saved = 0;
    for (std::size_t page = 0; page < whole.size() / 16384; ++page) {
        auto damaged = whole;
        for (std::size_t i = 0; i < 16384; i += 1 + (random() % 40)) {
            damaged[(page * 16384) + i] = static_cast<char>(random());
        }
        std::filesystem::remove_all(folder.path());
        std::filesystem::create_directories(folder.path());
        write(damaged);
        const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
        check(salvage, "page " + std::to_string(page + 1));
        nothing += salvage.chunks == 0 ? 1U : 0U;
        saved += salvage.chunks;
        BOOST_TEST((salvage.chunks > 0 || !salvage.lost.empty()));
    }
    // Page 1 has the list of tables, another leads to all payloads; without it there is nothing.
    BOOST_TEST(nothing <= 2U);
    BOOST_TEST(saved > ids.size() * 15);
}

BOOST_AUTO_TEST_CASE(with_bits_flipped_everywhere_nothing_false_is_saved) {
    fill();
    const auto whole = bytes();
    std::mt19937 random(20261123);
    for (int round = 0; round < 40; ++round) {
        auto damaged = whole;
        for (std::size_t flips = 0; flips < 30; ++flips) {
            const std::size_t at = 16384 + (random() % (whole.size() - 16384));
            damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 << (random() % 8)));
        }
        std::filesystem::remove_all(folder.path());
        std::filesystem::create_directories(folder.path());
        write(damaged);
        const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
        const Outbox outbox(folder.file(), "RVW", clock);
        BOOST_TEST(outbox.verify().empty());
        for (const auto& id : queued()) {
            BOOST_TEST_REQUIRE(sealed.contains(id));
            BOOST_TEST((outbox.payload(id) == sealed.at(id)));
        }
        BOOST_TEST((!salvage.lost.empty() || salvage.chunks + salvage.receipts == ids.size()));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_database_at_all_is_moved_aside) {
    write(std::string(100'000, 'x'));
    const auto salvage = salvage_outbox(folder.file(), "RVW", clock);
    BOOST_TEST(salvage.chunks == 0U);
    BOOST_TEST(!salvage.lost.empty());
    BOOST_TEST(salvage.positions_lost);
    BOOST_TEST(std::filesystem::file_size(salvage.aside) == 100'000U);
    Outbox outbox(folder.file(), "RVW", clock);
    BOOST_TEST(outbox.positions_lost().has_value());
    outbox.accept_lost_positions();
    BOOST_TEST(!outbox.positions_lost());
    BOOST_TEST(outbox.has_begun("admissions"));  // still: what was sent before may be of people who have opted out
}

BOOST_AUTO_TEST_CASE(a_salvage_that_was_cut_off_is_completed_or_begun_anew) {
    fill();
    const auto file = folder.file();
    const auto saving = file.string() + ".saving";
    std::ofstream(saving) << "half";
    std::ofstream(saving + "-wal") << "half";
    finish_salvage(file, clock);  // the new file was not whole
    BOOST_TEST(!std::filesystem::exists(saving));
    BOOST_TEST(!std::filesystem::exists(saving + "-wal"));
    BOOST_TEST(queued().size() == ids.size() - 1);

    const auto aside = salvage_outbox(file, "RVW", clock).aside;
    const auto salvaged = bytes();
    // It was whole, and the damaged one still in place; then moved away, with its log left.
    for (const bool moved : {false, true}) {
        std::filesystem::rename(file, file.string() + ".salvaged");
        if (!moved) {
            write("the damaged one");
        }
        std::ofstream(file.string() + "-wal") << "the damaged one's log";
        finish_salvage(file, clock);
        BOOST_TEST((bytes() == salvaged));
        BOOST_TEST(!std::filesystem::exists(file.string() + "-wal"));
        BOOST_TEST(!std::filesystem::exists(file.string() + ".salvaged"));
        BOOST_TEST(queued().size() == ids.size() - 1);
    }
    BOOST_TEST(std::filesystem::exists(aside));
}

BOOST_AUTO_TEST_CASE(a_lost_queue_is_remembered_by_the_next_one) {
    Outbox outbox(folder.file(), "RVW", clock);
    BOOST_TEST(!outbox.has_begun("admissions"));
    BOOST_TEST(!outbox.positions_lost());
    outbox.note_lost_queue();
    BOOST_TEST(outbox.has_begun("admissions"));
    BOOST_TEST((outbox.positions_lost() == clock.now()));
}

BOOST_AUTO_TEST_SUITE_END()
