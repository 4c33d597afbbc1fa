#include "agent/audit/audit_files.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/audit/audit_line.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using tributary::testing::TemporaryFolder;

namespace {

std::vector<AuditFileReader::Line> lines_of(const std::string& text, std::uint64_t end) {
    const TemporaryFolder folder;
    AuditFileReader reader(system_files(), folder.write("a", text), end);
    std::vector<AuditFileReader::Line> lines;
    while (auto line = reader.next()) {
        lines.push_back(*line);
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_files_tests)

BOOST_AUTO_TEST_CASE(only_names_that_the_log_gives_are_its_files) {
    BOOST_TEST(audit_file_name(1) == "audit-000001.log");
    BOOST_TEST(audit_file_name(12'345'678) == "audit-12345678.log");
    const TemporaryFolder folder;
    for (const auto* name : {"audit-000010.log", "audit-000002.log", "audit-1000000.log", "audit-1.log",
                             "audit-000000.log", "audit-0000003.log", "audit-000004.log.old", "audit-00000x.log",
                             "audit-.log", "audit.head", ".lock", "audit-99999999999999999999.log"}) {
        folder.write(name, "");
    }
    const std::vector<std::uint64_t> expected{2, 10, 1'000'000};
    BOOST_TEST(audit_file_numbers(system_files(), folder.path()) == expected, boost::test_tools::per_element());
    BOOST_TEST(audit_file_numbers(system_files(), folder.path() / "none").empty());
}

BOOST_AUTO_TEST_CASE(lines_are_read_with_their_places) {
    const auto lines = lines_of("one\n\nthree\nfo", 100);
    BOOST_REQUIRE(lines.size() == 4U);
    BOOST_TEST(lines[0].text == "one");
    BOOST_TEST(lines[1].text == "");
    BOOST_TEST(lines[2].text == "three");
    BOOST_TEST(lines[2].offset == 5U);
    BOOST_TEST(lines[2].complete);
    BOOST_TEST(lines[3].text == "fo");
    BOOST_TEST(lines[3].offset == 11U);
    BOOST_TEST(!lines[3].complete);
    BOOST_TEST(lines_of("", 100).empty());
}

BOOST_AUTO_TEST_CASE(what_was_written_after_the_look_is_not_read) {
    const auto lines = lines_of("one\ntwo\nthree\n", 8);
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[1].text == "two");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_takes_bounded_memory_and_the_next_is_read) {
    const auto lines = lines_of(std::string(3'000'000, 'x') + "\nnext\n", 10'000'000);
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[0].too_long);
    BOOST_TEST(lines[0].text.size() == longest_audit_line + 1);
    BOOST_TEST(lines[1].text == "next");
    BOOST_TEST(lines[1].offset == 3'000'001U);
}

BOOST_AUTO_TEST_CASE(the_lock_is_waited_for) {
    const TemporaryFolder folder;
    auto held = lock_audit_folder(folder.path(), system_clock());
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // holds the lock for a while; nobody waits on it
        held.reset();
    });
    const auto mine = lock_audit_folder(folder.path(), system_clock());
    other.join();
    BOOST_TEST(FolderLock::held(folder.path()));
}

BOOST_AUTO_TEST_SUITE_END()
