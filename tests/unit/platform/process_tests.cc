#include "agent/platform/process.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "agent/platform/error.h"
#include "tests/unit/platform/temporary_folder.h"

namespace tributary {

BOOST_AUTO_TEST_SUITE(process_tests)

BOOST_AUTO_TEST_CASE(a_folder_is_held_by_one_only_and_the_other_is_told_by_whom) {
    const TemporaryFolder folder;
    const FolderLock lock(folder.path());
    BOOST_CHECK_EXCEPTION(FolderLock(folder.path()), Error, [&](const Error& error) {
        const std::string text = error.what();
        BOOST_TEST_INFO(text);
        return error.code() == ErrorCode::in_use &&
               text.find("process " + std::to_string(process_id())) != std::string::npos &&
               text.find(folder.path().filename().string()) != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_lock_ends_with_its_holder_and_its_file_stays) {
    const TemporaryFolder folder;
    for (int i = 0; i < 3; ++i) {
        const FolderLock lock(folder.path());
        BOOST_TEST(std::filesystem::exists(folder / ".lock"));
    }
    BOOST_TEST(std::filesystem::exists(folder / ".lock"));
}

BOOST_AUTO_TEST_CASE(whether_a_folder_is_held_can_be_asked_without_holding_it) {
    const TemporaryFolder folder;
    BOOST_TEST(!FolderLock::held(folder.path()));
    BOOST_TEST(!FolderLock::held(folder / "missing"));
    {
        const FolderLock lock(folder.path());
        BOOST_TEST(FolderLock::held(folder.path()));
        BOOST_TEST(FolderLock::held(folder.path()));  // and asking does not let it go
        BOOST_CHECK_THROW(FolderLock(folder.path()), Error);
    }
    BOOST_TEST(!FolderLock::held(folder.path()));
    BOOST_CHECK_NO_THROW(FolderLock(folder.path()));
}

BOOST_AUTO_TEST_CASE(two_folders_have_two_locks) {
    const TemporaryFolder one;
    const TemporaryFolder other;
    const FolderLock first(one.path());
    BOOST_CHECK_NO_THROW(FolderLock(other.path()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_cannot_be_held) {
    const TemporaryFolder folder;
    BOOST_CHECK_EXCEPTION(FolderLock(folder / "missing"), Error,
                          [](const Error& error) { return error.code() == ErrorCode::not_found; });
}

BOOST_AUTO_TEST_CASE(a_stop_signal_wakes_every_waiter_instead_of_ending_the_process) {
    StopSignal::install();
    StopSignal::install();
    BOOST_TEST(!StopSignal::requested());
    std::vector<std::thread> waiters;
    for (int i = 0; i < 3; ++i) {
        waiters.emplace_back([] { StopSignal::wait(); });
    }
#ifdef _WIN32
    StopSignal::request();  // Windows has no such signal from the program to itself
#else
    std::raise(SIGTERM);
#endif
    for (std::thread& waiter : waiters) {
        waiter.join();
    }
    BOOST_TEST(StopSignal::requested());
    StopSignal::request();
    StopSignal::wait();  // and whoever comes later
}

BOOST_AUTO_TEST_CASE(what_the_process_uses_is_measured) {
    std::vector<char> memory(32U << 20U);
    for (std::size_t i = 0; i < memory.size(); i += 512) {
        memory[i] = static_cast<char>(i % 251);
    }
    const ProcessUsage usage = process_usage();
    const std::uint64_t size = memory.size();
    BOOST_TEST(std::count(memory.begin(), memory.end(), 1) > 0);
    BOOST_TEST(usage.resident_bytes >= size);
    BOOST_TEST(usage.peak_resident_bytes >= usage.resident_bytes);
    BOOST_TEST(usage.resident_bytes < 64 * size);
    double seconds = usage.cpu_seconds;
    BOOST_TEST(seconds >= 0);
    for (std::uint64_t i = 1; seconds == usage.cpu_seconds; ++i) {
        memory[i % memory.size()] = static_cast<char>(i % 127);
        if (i % 1'000'000 == 0) {
            seconds = process_usage().cpu_seconds;
        }
    }
    BOOST_TEST(seconds > usage.cpu_seconds);
}

BOOST_AUTO_TEST_CASE(the_program_knows_where_it_stands) {
    BOOST_TEST(!host_name().empty());
    BOOST_TEST(program_folder().is_absolute());
    const std::filesystem::path program(boost::unit_test::framework::master_test_suite().argv[0]);
    BOOST_TEST(std::filesystem::exists(program_folder() / program.filename()));
    BOOST_TEST(Terminal::columns() > 0);
}

BOOST_AUTO_TEST_CASE(wiped_memory_holds_nothing) {
    std::vector<char> secret(100, 's');
    wipe(secret.data(), 60);
    BOOST_TEST(std::count(secret.begin(), secret.begin() + 60, '\0') == 60);
    BOOST_TEST(std::count(secret.begin() + 60, secret.end(), 's') == 40);
    wipe(nullptr, 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
