// The log of a real queue that was not closed, with bytes flipped in it.
#include "agent/outbox/write_ahead_log.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t frame_bytes = 24 + 16384;

struct Fixture {
    QueueFolder folder;
    SetClock clock;
    std::filesystem::path copy = folder.path() / "killed.sqlite";

    std::filesystem::path log() const { return copy.string() + "-wal"; }

    /// Queue and log as a killed process leaves them: five transactions are in the log.
    Fixture() {
        Outbox outbox(folder.file(), "RVW", clock);
        const auto run = outbox.begin_run("pas");
        for (int i = 0; i < 4; ++i) {
            outbox.commit(commit_of("pas", run, std::to_string(i), {chunk_of_size("admissions", 100'000)}));
        }
        std::filesystem::copy_file(folder.file(), copy);
        std::filesystem::copy_file(folder.file().string() + "-wal", log());
    }

    std::string bytes() const {
        std::ifstream stream(log(), std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream stream(log(), std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    void flip(std::size_t at) const {
        auto changed = bytes();
        changed.at(at) = static_cast<char>(changed.at(at) ^ 0x10);
        write(changed);
    }
    bool damaged() const { return write_ahead_log_is_damaged(system_files(), copy); }
    std::size_t frames() const { return (bytes().size() - 32) / frame_bytes; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(write_ahead_log_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_log_as_a_kill_leaves_it_is_in_order) {
    BOOST_TEST_REQUIRE(frames() > 20U);
    BOOST_TEST(!damaged());
    std::filesystem::remove(log());
    BOOST_TEST(!damaged());
    write("");
    BOOST_TEST(!damaged());
}

BOOST_AUTO_TEST_CASE(a_log_that_was_cut_at_any_place_is_in_order) {
    const auto whole = bytes();
    for (std::size_t size = 0; size < whole.size(); size += 7919) {
        write(whole.substr(0, size));
        BOOST_TEST(!damaged(), "cut at " << size);
    }
}

BOOST_AUTO_TEST_CASE(a_last_transaction_that_is_half_there_is_in_order) {
    const auto whole = bytes();
    for (std::size_t lost = 1; lost < 6; ++lost) {  // frames of it that a power cut left unwritten
        auto torn = whole;
        const std::size_t at = torn.size() - ((lost + 1) * frame_bytes);
        std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(at), frame_bytes, '\0');
        write(torn);
        BOOST_TEST(!damaged(), lost);
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_before_the_last_transaction_is_damage) {
    for (std::size_t at = 0; at < 6 * frame_bytes; at += 997) {
        const auto whole = bytes();
        flip(at);
        BOOST_TEST(damaged(), "flipped at " << at);
        write(whole);
    }
    BOOST_TEST(!damaged());
}

BOOST_AUTO_TEST_CASE(frames_of_an_earlier_use_of_the_log_are_none) {
    auto reused = bytes();
    const auto old = frames() - 2;
    for (std::size_t i = old; i < frames(); ++i) {
        reused[32 + (i * frame_bytes) + 8] = static_cast<char>(reused[32 + (i * frame_bytes) + 8] ^ 0x55);  // its salt
    }
    write(reused);
    BOOST_TEST(!damaged());
}

BOOST_AUTO_TEST_CASE(a_header_that_never_reached_the_disk_is_in_order) {
    auto zeroed = bytes();
    std::fill_n(zeroed.begin(), 32, '\0');
    write(zeroed);
    BOOST_TEST(!damaged());
}

BOOST_AUTO_TEST_SUITE_END()
