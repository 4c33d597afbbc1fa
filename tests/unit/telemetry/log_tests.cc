#include "agent/telemetry/log.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <boost/test/unit_test.hpp>
#include <iostream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#include "agent/platform/access.h"
#include "agent/platform/clock.h"
#include "agent/platform/error.h"
#include "tests/unit/platform/temporary_folder.h"

namespace tributary {
namespace {

/// Standard error, caught.
class CaughtError {
  public:
    CaughtError() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
    ~CaughtError() { std::cerr.rdbuf(before_); }
    CaughtError(const CaughtError&) = delete;
    CaughtError& operator=(const CaughtError&) = delete;

    std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::streambuf* before_;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        lines.push_back(line);
    }
    return lines;
}

/// The line without its time, which must be one.
std::string without_time(const std::string& line) {
    const std::size_t space = line.find(' ');
    BOOST_REQUIRE(space != std::string::npos);
    BOOST_CHECK_NO_THROW(from_rfc3339(line.substr(0, space)));
    return line.substr(space + 1);
}

LogConfiguration to_terminal(LogFormat format = LogFormat::text, LogLevel level = LogLevel::info) {
    LogConfiguration configuration;
    configuration.format = format;
    configuration.level = level;
    return configuration;
}

LogConfiguration to_file(const std::filesystem::path& file) {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::file;
    configuration.file = file;
    return configuration;
}

/// The one line that the call logs.
template <typename Call>
std::string logged(const LogConfiguration& configuration, Call call) {
    const CaughtError caught;
    Log log(configuration);
    call(log);
    const std::vector<std::string> lines = lines_of(caught.text());
    BOOST_REQUIRE(lines.size() == 1U);
    return lines.front();
}

Poco::JSON::Object::Ptr parsed(const std::string& line) {
    return Poco::JSON::Parser().parse(line).extract<Poco::JSON::Object::Ptr>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_tests)

BOOST_AUTO_TEST_CASE(a_line_of_text_has_time_level_message_and_fields) {
    const std::string line = logged(to_terminal(), [](Log& log) {
        log.info("chunk delivered", {{"stream", "admissions"}, {"rows", 1200}, {"again", true}, {"seconds", 0.25}});
    });
    BOOST_TEST(without_time(line) == "INFO  chunk delivered stream=admissions rows=1200 again=true seconds=0.25");
}

BOOST_AUTO_TEST_CASE(values_that_are_not_one_word_are_quoted) {
    const std::string line = logged(to_terminal(), [](Log& log) {
        log.info("m", {{"a", "two words"}, {"b", "x=y"}, {"c", "say \"hi\""}, {"d", ""}, {"e", "C:\\data"}});
    });
    BOOST_TEST(without_time(line) == R"(INFO  m a="two words" b="x=y" c="say \"hi\"" d="" e="C:\\data")");
}

BOOST_AUTO_TEST_CASE(a_json_line_holds_the_same_with_types) {
    const std::string line = logged(to_terminal(LogFormat::json), [](Log& log) {
        log.warning("disk \"nearly\" full",
                    {{"stream", "admissions"}, {"rows", 1200}, {"again", false}, {"ratio", 0.5}});
    });
    BOOST_TEST(line.find("{\"time\":\"") == 0U);
    const auto object = parsed(line);
    BOOST_CHECK_NO_THROW(from_rfc3339(object->getValue<std::string>("time")));
    BOOST_TEST(object->getValue<std::string>("level") == "warning");
    BOOST_TEST(object->getValue<std::string>("message") == "disk \"nearly\" full");
    BOOST_TEST(object->getValue<std::string>("stream") == "admissions");
    BOOST_TEST(object->get("rows").isInteger());
    BOOST_TEST(object->getValue<int>("rows") == 1200);
    BOOST_TEST(object->get("again").isBoolean());
    BOOST_TEST(object->getValue<double>("ratio") == 0.5);
}

BOOST_AUTO_TEST_CASE(no_text_from_outside_forges_a_line) {
    const std::string hostile =
        "x\n2026-11-22T08:30:00.000Z ERROR forged\r\x1B[2J\x7F\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE\xFF" +
        std::string(1, '\0');
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line = logged(to_terminal(format), [&](Log& log) {
            log.info(hostile, {{"field", hostile}});
        });
        for (const char* forbidden : {"\n", "\r", "\x1B", "\x7F", "\xC2\x9B", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xFF"}) {
            BOOST_TEST(line.find(forbidden) == std::string::npos);
        }
        BOOST_TEST(line.find('\0') == std::string::npos);
        BOOST_TEST(line.find("\\n2026-11-22T08:30:00.000Z ERROR forged\\r") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_json_line_is_valid_whatever_the_text) {
    const std::string line = logged(to_terminal(LogFormat::json), [](Log& log) {
        log.info("caf\xC3\xA9 \xF0\x9F\x98\x80 \xE9 tail",
                 {{"ratio", std::numeric_limits<double>::infinity()}, {"back\\slash\"", "\x01"}});
    });
    const auto object = parsed(line);
    BOOST_TEST(object->getValue<std::string>("message") == "caf\xC3\xA9 \xF0\x9F\x98\x80 \xEF\xBF\xBD tail");
    BOOST_TEST(object->get("ratio").isEmpty());
    BOOST_TEST(object->getValue<std::string>("back\\slash\"") == "\x01");
}

BOOST_AUTO_TEST_CASE(no_field_takes_the_place_of_time_level_or_message) {
    const auto object = parsed(logged(to_terminal(LogFormat::json), [](Log& log) {
        log.error("real", {{"message", "forged"}, {"level", "debug"}, {"time", "never"}, {"message", "again"}});
    }));
    BOOST_TEST(object->getValue<std::string>("message") == "real");
    BOOST_TEST(object->getValue<std::string>("level") == "error");
    BOOST_TEST(object->getValue<std::string>("message_") == "forged");
    BOOST_TEST(object->getValue<std::string>("message__") == "again");
}

BOOST_AUTO_TEST_CASE(endless_text_is_cut_off_and_says_so) {
    const std::string line = logged(to_terminal(), [](Log& log) { log.info(std::string(1'000'000, 'x')); });
    BOOST_TEST(line.size() < 20'000U);
    BOOST_TEST(line.ends_with("... (983616 bytes left out)"));
}

BOOST_AUTO_TEST_CASE(only_what_is_important_enough_is_logged) {
    const CaughtError caught;
    Log log(to_terminal(LogFormat::text, LogLevel::warning));
    log.debug("one");
    log.info("two");
    log.warning("three");
    log.error("four");
    const std::vector<std::string> lines = lines_of(caught.text());
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(without_time(lines[0]) == "WARN  three");
    BOOST_TEST(without_time(lines[1]) == "ERROR four");
}

BOOST_AUTO_TEST_CASE(no_target_means_no_line) {
    const CaughtError caught;
    LogConfiguration configuration = to_terminal();
    configuration.target = LogConfiguration::Target::none;
    Log log(configuration);
    log.error("nobody hears");
    BOOST_TEST(caught.text() == "");
}

BOOST_AUTO_TEST_CASE(a_progress_line_does_not_get_into_what_is_no_terminal) {
    const std::string line = logged(to_terminal(), [](Log& log) {
        log.set_progress_line(true);
        log.info("m");
    });
    BOOST_TEST(without_time(line) == "INFO  m");
}

BOOST_AUTO_TEST_CASE(a_file_gets_the_lines_at_once_and_goes_on_after_a_restart) {
    const TemporaryFolder folder;
    for (const char* message : {"first start", "second start"}) {
        Log log(to_file(folder / "agent.log"));
        log.info(message);
        BOOST_TEST(folder.read("agent.log").find(message) != std::string::npos);
    }
    BOOST_TEST(lines_of(folder.read("agent.log")).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_file_is_put_aside_and_the_oldest_are_removed) {
    const TemporaryFolder folder;
    LogConfiguration configuration = to_file(folder / "agent.log");
    configuration.rotate_bytes = 1000;
    configuration.keep_files = 3;
    {
        const CaughtError caught;
        Log log(configuration);
        for (int i = 0; i < 200; ++i) {
            log.info("event", {{"number", i}});
        }
        BOOST_TEST(caught.text() == "");
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        ++files;
        BOOST_TEST(entry.file_size() < 1200U);
        BOOST_TEST(why_not_private(entry.path()).value_or("") == "");
    }
    BOOST_TEST(files == 4U);  // the current one and three that are kept
    BOOST_TEST(folder.read("agent.log").find("number=199") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_folder_of_a_log_file_is_made) {
    const TemporaryFolder folder;
    {
        Log log(to_file(folder / "logs" / "agent.log"));
        log.info("begun");
    }
    BOOST_TEST(std::filesystem::file_size(folder / "logs" / "agent.log") > 0U);
}

BOOST_AUTO_TEST_CASE(a_log_file_that_cannot_be_written_is_an_error_with_its_path) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "folder");
    { Log blocking(to_file(folder / "plain")); }
    for (const std::filesystem::path& path : {folder / "plain" / "agent.log", folder / "folder"}) {
        BOOST_CHECK_EXCEPTION(Log{to_file(path)}, Error, [&](const Error& error) {
            BOOST_TEST_INFO(error.what());
            return std::string(error.what()).find(path.filename().string()) != std::string::npos;
        });
    }
}

#ifndef _WIN32
// Windows does not let go of the folder of an open file.
BOOST_AUTO_TEST_CASE(a_log_file_that_fails_sends_events_to_standard_error_and_heals) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "logs");
    LogConfiguration configuration = to_file(folder / "logs" / "agent.log");
    configuration.rotate_bytes = 1;  // each event begins a new file
    configuration.keep_files = 1;
    Log log(configuration);
    log.info("before");

    std::filesystem::remove_all(folder / "logs");
    {
        const CaughtError caught;
        log.info("during");
        log.info("still");
        std::size_t explanations = 0;
        for (const std::string& line : lines_of(caught.text())) {
            explanations += line.find("the log file cannot be written") != std::string::npos ? 1U : 0U;
        }
        BOOST_TEST(explanations == 1U);
        BOOST_TEST(caught.text().find("INFO  during") != std::string::npos);
        BOOST_TEST(caught.text().find("INFO  still") != std::string::npos);
    }
    std::filesystem::create_directory(folder / "logs");
    const CaughtError caught;
    log.info("after");
    BOOST_TEST(caught.text() == "");
    BOOST_TEST(folder.read(std::filesystem::path("logs") / "agent.log").find("INFO  after") != std::string::npos);
}

#endif

BOOST_AUTO_TEST_CASE(a_log_without_room_to_rotate_is_a_configuration_error) {
    const TemporaryFolder folder;
    LogConfiguration none_kept = to_file(folder / "agent.log");
    none_kept.keep_files = 0;
    BOOST_CHECK_THROW(Log{none_kept}, Error);
    LogConfiguration no_size = to_file(folder / "agent.log");
    no_size.rotate_bytes = 0;
    BOOST_CHECK_THROW(Log{no_size}, Error);
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(threads_share_a_log_without_mixing_lines) {
    const TemporaryFolder folder;
    {
        Log log(to_file(folder / "agent.log"));
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&log] {
                for (int j = 0; j < 50; ++j) {
                    log.info("a message of some length", {{"and", "a field"}});
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    const std::vector<std::string> lines = lines_of(folder.read("agent.log"));
    BOOST_TEST(lines.size() == 200U);
    for (const std::string& line : lines) {
        BOOST_TEST(without_time(line) == "INFO  a message of some length and=\"a field\"");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
