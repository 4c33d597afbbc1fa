#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/platform/error.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

std::string read_whole(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_whole(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct Fixture {
    QueueFolder folder;
    SetClock clock;

    /// A queue of some chunks, closed; what the last chunk holds.
    SealedChunk fill() {
        Outbox outbox(folder.file(), "RVW", clock);
        const auto run = outbox.begin_run("pas");
        SealedChunk last;
        for (int i = 0; i < 5; ++i) {
            last = chunk_of_size("admissions", 100'000);
            outbox.commit(commit_of("pas", run, std::to_string(i), {last}));
        }
        return last;
    }
    /// Opening it, or the first look into it, says so.
    std::string damage_found() {
        try {
            Outbox outbox(folder.file(), "RVW", clock);
            const auto run = outbox.begin_run("pas");
            outbox.verify();
            outbox.list(100);
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::corrupt), error.what());
            return error.what();
        }
        return {};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_damage_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_payload_is_found_and_not_sent) {
    const auto chunk = fill();
    auto bytes = read_whole(folder.file());
    const auto at = bytes.find(chunk.sealed.substr(50'000, 100));
    BOOST_REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write_whole(folder.file(), bytes);
    const Outbox outbox(folder.file(), "RVW", clock);
    const auto faults = outbox.verify();
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].find(chunk.manifest.id) != std::string::npos));
    BOOST_TEST((faults[0].find("admissions") != std::string::npos));
    BOOST_CHECK_EXCEPTION(outbox.payload(chunk.manifest.id), Error,
                          [](const Error& error) { return error.code() == ErrorCode::corrupt; });
}

BOOST_AUTO_TEST_CASE(a_changed_manifest_is_found) {
    fill();
    Connection(folder.file())
        .execute("UPDATE payloads SET manifest = replace(manifest, '\"rows\":10', '\"rows\":11') WHERE chunk = 2");
    const Outbox outbox(folder.file(), "RVW", clock);
    const auto faults = outbox.verify();
    BOOST_REQUIRE(faults.size() >= 2U);  // its own digest, what the table has of it, and what the next manifest names
    BOOST_TEST((faults.front().find("sequence number 2") != std::string::npos));
    BOOST_TEST((faults.back().find("sequence number 3") != std::string::npos));
    const auto id = outbox.list(5).at(1).id;
    BOOST_CHECK_EXCEPTION(outbox.manifest(id), Error,
                          [](const Error& error) { return error.code() == ErrorCode::corrupt; });
}

BOOST_AUTO_TEST_CASE(changed_values_that_say_where_things_stand_are_found) {
    for (const char* change : {"UPDATE streams SET next_sequence = next_sequence + 1",
                               "UPDATE streams SET last_manifest_sha256 = 'x' || substr(last_manifest_sha256, 2)",
                               "UPDATE checkpoints SET checkpoint = x'3939'", "UPDATE marks SET mark = x'00'"}) {
        std::filesystem::remove_all(folder.path());
        std::filesystem::create_directories(folder.path());
        fill();
        {
            Outbox outbox(folder.file(), "RVW", clock);
            auto commit = commit_of("pas", outbox.begin_run("pas"), "6", {});
            commit.marks = {"mark"};
            outbox.commit(commit);
            BOOST_TEST(outbox.check_tables().empty());
        }
        Connection(folder.file()).execute(change);
        const Outbox outbox(folder.file(), "RVW", clock);
        BOOST_TEST(outbox.check_tables().size() == 1U, change);
        BOOST_TEST(outbox.verify().size() == 1U, change);
        BOOST_TEST(outbox.damaged(), change);
    }
}

BOOST_AUTO_TEST_CASE(a_lost_payload_is_found) {
    const auto chunk = fill();
    Connection(folder.file()).execute("DELETE FROM payloads WHERE chunk = 5");
    const Outbox outbox(folder.file(), "RVW", clock);
    const auto faults = outbox.verify();
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].find(chunk.manifest.id) != std::string::npos));
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_called_damaged) {
    write_whole(folder.file(), std::string(100'000, 'x'));
    const auto message = damage_found();
    BOOST_TEST((message.find("queue.sqlite") != std::string::npos));
    BOOST_TEST((message.find("damaged") != std::string::npos));
    BOOST_TEST(read_whole(folder.file()).size() == 100'000U);
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_is_called_damaged) {
    fill();
    const auto bytes = read_whole(folder.file());
    write_whole(folder.file(), bytes.substr(0, bytes.size() / 2));
    BOOST_TEST(!damage_found().empty());
}

BOOST_AUTO_TEST_CASE(overwritten_tables_are_called_damaged) {
    fill();
    auto bytes = read_whole(folder.file());
    for (std::size_t i = 3 * 16384; i < 30 * 16384 && i < bytes.size(); i += 3) {
        bytes[i] = static_cast<char>(bytes[i] ^ 0x5a);
    }
    write_whole(folder.file(), bytes);
    BOOST_TEST(!damage_found().empty());
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_left_alone) {
    write_whole(folder.file(), "");
    Connection(folder.file()).execute("CREATE TABLE theirs (a)");
    BOOST_CHECK_EXCEPTION(Outbox(folder.file(), "RVW", clock), Error,
                          [](const Error& error) { return error.code() == ErrorCode::configuration; });
    BOOST_TEST(Connection(folder.file()).integer("SELECT count(*) FROM sqlite_master") == 1);
}

BOOST_AUTO_TEST_CASE(a_queue_of_a_newer_version_is_left_alone) {
    fill();
    Connection(folder.file()).execute("PRAGMA user_version = 99");
    BOOST_CHECK_EXCEPTION(Outbox(folder.file(), "RVW", clock), Error,
                          [](const Error& error) { return error.code() == ErrorCode::configuration; });
}

BOOST_AUTO_TEST_CASE(a_queue_whose_making_was_cut_off_is_made_anew) {
    write_whole(folder.file(), "");  // the crash came after the file and before its first page
    {
        const Outbox outbox(folder.file(), "RVW", clock);
        BOOST_TEST(outbox.verify().empty());
    }
    std::filesystem::remove(folder.file());
    write_whole(folder.file(), "");  // or after the first page and before the tables
    Connection(folder.file())
        .execute("PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    const Outbox outbox(folder.file(), "RVW", clock);
    BOOST_TEST(outbox.verify().empty());
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_nothing_of_a_commit_and_the_queue_goes_on_when_there_is_room) {
    Outbox outbox(folder.file(), "RVW", clock, Outbox::Mode::write, 600'000);
    const auto run = outbox.begin_run("pas");
    const auto small = chunk_of_size("admissions", 10'000);
    outbox.commit(commit_of("pas", run, "before", {small}));
    auto large =
        commit_of("pas", run, "after", {chunk_of_size("admissions", 20'000), chunk_of_size("admissions", 1U << 20U)});
    large.marks = {"mark"};
    for (int attempt = 0; attempt < 3; ++attempt) {
        BOOST_CHECK_EXCEPTION(outbox.commit(large), Error,
                              [](const Error& error) { return error.code() == ErrorCode::storage; });
        BOOST_TEST(outbox.checkpoint("pas") == "before");
        BOOST_TEST(!outbox.marked("pas", "mark"));
        BOOST_TEST(outbox.list(10).size() == 1U);
    }
    BOOST_TEST(outbox.verify().empty());
    const auto next = chunk_of_size("admissions", 10'000);
    outbox.commit(commit_of("pas", run, "after", {next}));
    BOOST_TEST(parse_manifest(outbox.manifest(next.manifest.id)).sequence == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
