#include "agent/outbox/queue_space.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "agent/outbox/disk_reserve.h"
#include "agent/platform/error.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    std::filesystem::path log_file = folder.path() / "agent.log";
    Log log{[this] {
        LogConfiguration configuration;
        configuration.target = LogConfiguration::Target::file;
        configuration.file = log_file;
        return configuration;
    }()};
    std::uint64_t used = 0;
    std::uint64_t free = 1000;
    bool fails = false;
    QueueSpace space{{1000, 100},
                     [this] {
                         if (fails) {
                             throw Error(ErrorCode::storage, "no answer");
                         }
                         return used;
                     },
                     [this] { return free; },
                     log};

    bool is_open() { return space.look() == QueueSpace::Room::open; }
    std::size_t logged(const std::string& text) const {
        std::ifstream stream(log_file);
        std::size_t count = 0;
        for (std::string line; std::getline(stream, line);) {
            count += line.find(text) != std::string::npos ? 1U : 0U;
        }
        return count;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(queue_space_tests, Fixture)

BOOST_AUTO_TEST_CASE(at_its_quota_it_closes_and_opens_at_nine_tenths) {
    BOOST_TEST(is_open());
    used = 1000;
    BOOST_TEST(is_open());
    used = 1001;
    BOOST_TEST(!is_open());
    BOOST_TEST(space.why_closed().find("its quota is") != std::string::npos);
    used = 950;
    BOOST_TEST(!is_open());
    used = 900;
    BOOST_TEST(is_open());
    BOOST_TEST(space.why_closed().empty());
    used = 950;
    BOOST_TEST(is_open());
}

BOOST_AUTO_TEST_CASE(on_a_disk_that_fills_it_closes_and_opens_with_a_quarter_more) {
    free = 100;
    BOOST_TEST(is_open());
    free = 99;
    BOOST_TEST(!is_open());
    free = 124;
    BOOST_TEST(!is_open());
    free = 125;
    BOOST_TEST(is_open());
}

BOOST_AUTO_TEST_CASE(what_is_under_way_takes_room_without_closing_it) {
    used = 600;
    BOOST_TEST((space.look(400) == QueueSpace::Room::open));
    BOOST_TEST((space.look(401) == QueueSpace::Room::taken));
    BOOST_TEST((space.look(10'000) == QueueSpace::Room::taken));
    BOOST_TEST(is_open());
    BOOST_TEST(logged("sources pause") == 0U);
    used = 1001;
    BOOST_TEST((space.look(1) == QueueSpace::Room::closed));
    used = 0;
    free = 300;
    BOOST_TEST(is_open());
    BOOST_TEST((space.look(200) == QueueSpace::Room::open));
    BOOST_TEST((space.look(201) == QueueSpace::Room::taken));
}

BOOST_AUTO_TEST_CASE(it_tells_once) {
    BOOST_TEST(is_open());
    used = 2000;
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(!is_open());
    }
    BOOST_TEST(logged("sources pause") == 1U);
    used = 0;
    BOOST_TEST(is_open());
    BOOST_TEST(logged("sources go on") == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_known_counts_while_it_cannot_look) {
    used = 2000;
    BOOST_TEST(!is_open());
    fails = true;
    used = 0;
    BOOST_TEST(!is_open());
    fails = false;
    BOOST_TEST(is_open());
}

BOOST_AUTO_TEST_CASE(sizes_are_told_in_units) {
    BOOST_TEST(bytes_text(0) == "0 B");
    BOOST_TEST(bytes_text(1023) == "1023 B");
    BOOST_TEST(bytes_text(1536) == "1.5 KiB");
    BOOST_TEST(bytes_text(64ULL << 30U) == "64.0 GiB");
}

BOOST_AUTO_TEST_CASE(a_reserve_is_kept_given_up_and_made_again) {
    const auto file = folder.path() / "queue.db.reserve";
    DiskReserve reserve(system_files(), file, 3U << 20U);
    BOOST_TEST(reserve.keep());
    BOOST_TEST(std::filesystem::file_size(file) == 3U << 20U);
    BOOST_TEST(reserve.give_up());
    BOOST_TEST(!std::filesystem::exists(file));
    BOOST_TEST(!reserve.give_up());
    std::ofstream(file) << "cut off by a crash";
    BOOST_TEST(reserve.keep());
    BOOST_TEST(std::filesystem::file_size(file) == 3U << 20U);
    DiskReserve too_large(system_files(), folder.path() / "large", free_bytes(folder.path()));
    BOOST_TEST(!too_large.keep());
    BOOST_TEST(!std::filesystem::exists(folder.path() / "large"));
}

BOOST_AUTO_TEST_CASE(the_queue_tells_what_of_its_file_is_used) {
    Outbox outbox(folder.file(), "RVW", clock);
    const auto empty = outbox.used_bytes();
    constexpr auto size = 4U << 20U;
    std::vector<SealedChunk> chunks;
    for (int i = 0; i < 5; ++i) {  // enough that SQLite moves them from its log into the file
        chunks.push_back(chunk_of_size("admissions", size));
    }
    outbox.commit(commit_of("pas", outbox.begin_run("pas"), "1", chunks));
    const auto full = outbox.used_bytes();
    BOOST_TEST(full >= empty + 5 * size);
    for (const auto& chunk : chunks) {
        outbox.store_receipt(chunk.manifest.id, "its receipt");
    }
    BOOST_TEST(outbox.used_bytes() < full - 5 * size + 65536U);
    BOOST_TEST(std::filesystem::file_size(folder.file()) >= 5 * size);
    BOOST_TEST(!outbox.give_back_space(false));  // too little to bother with
    while (outbox.give_back_space(true)) {
    }
    BOOST_TEST(std::filesystem::file_size(folder.file()) < 1U << 20U);
    BOOST_TEST(outbox.verify().empty());
}

BOOST_AUTO_TEST_CASE(receipts_are_stored_with_what_was_kept_for_them) {
    Outbox outbox(folder.file(), "RVW", clock);
    BOOST_TEST(outbox.missing_reserve() == 0U);
    outbox.keep_reserve(1U << 20U);
    BOOST_TEST(outbox.missing_reserve() == 0U);
    std::filesystem::remove(folder.file().string() + ".reserve");
    BOOST_TEST(outbox.missing_reserve() == 1U << 20U);
    outbox.keep_reserve(1U << 20U);
    BOOST_TEST(outbox.missing_reserve() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
