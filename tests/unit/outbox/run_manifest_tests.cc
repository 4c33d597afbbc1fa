#include "agent/outbox/run_manifest.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

const std::string id = "00112233445566778899aabbccddeeff";

RunManifest sample() {
    RunManifest run;
    run.id = id;
    run.site = "RVW";
    run.source = "pas";
    run.state = RunState::interrupted;
    run.began = from_rfc3339("2026-11-22T08:30:00.125Z");
    run.ended = from_rfc3339("2026-11-22T08:31:00.000Z");
    run.rejected = 2;
    run.streams = {{"admissions", "", 3, 7, 120, std::string(64, 'a')},
                   {"admissions", id, 1, 1, 9, std::string(64, 'b')},
                   {"patients", id, 1, 2, 0, std::string(64, 'c')}};
    return run;
}

std::string refusal(const std::string& text) {
    try {
        parse_run_manifest(text);
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::input));
        return error.what();
    }
    BOOST_ERROR("was accepted: " + text);
    return {};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_manifest_tests)

BOOST_AUTO_TEST_CASE(the_text_has_the_documented_form) {
    auto run = sample();
    run.streams.erase(run.streams.begin() + 1, run.streams.end());
    BOOST_TEST(run_manifest_text(run) ==
               R"({"began":"2026-11-22T08:30:00.125Z","ended":"2026-11-22T08:31:00.000Z",)"
               R"("id":"00112233445566778899aabbccddeeff","rejected":2,"site":"RVW","source":"pas",)"
               R"("state":"interrupted","streams":[{"first":3,"last":7,"last_manifest_sha256":")" +
                   std::string(64, 'a') + R"(","queue":"","rows":120,"stream":"admissions"}],"tributary_run":1})");
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    const auto text = run_manifest_text(sample());
    const auto read = parse_run_manifest(text);
    BOOST_TEST(run_manifest_text(read) == text);
    BOOST_TEST((read.state == RunState::interrupted));
    BOOST_TEST(read.streams.at(0).chunks() == 5U);
    BOOST_TEST(read.streams.at(2).last_manifest_sha256 == std::string(64, 'c'));
}

BOOST_AUTO_TEST_CASE(each_field_has_its_form_and_a_fault_names_it) {
    const auto text = run_manifest_text(sample());
    const struct {
        const char* from;
        const char* to;
        const char* named;
    } faults[] = {{"\"first\":3", "\"first\":0", "streams[0].first"},
                  {"\"first\":3", "\"first\":8", "streams[0].last"},
                  {"\"last\":7", "\"last\":9007199254740993", "streams[0].last"},
                  {"\"rows\":120", "\"rows\":-1", "streams[0].rows"},
                  {"\"rows\":120", "\"rows\":true", "streams[0].rows"},
                  {"aaaa", "AAAA", "streams[0].last_manifest_sha256"},
                  {"\"queue\":\"\"", "\"queue\":\"x\"", "streams[0].queue"},
                  {"\"stream\":\"admissions\"", "\"stream\":\"../x\"", "streams[0].stream"},
                  {"\"stream\":\"patients\"", "\"stream\":\"a\"", "streams[2].stream"},
                  {"interrupted", "running", "state"},
                  {"\"RVW\"", "\"rvw\"", "site"},
                  {"\"pas\"", "\"P A S\"", "source"},
                  {"22T08:30", "32T08:30", "began"},
                  {"\"id\":\"0", "\"id\":\"G", "id"},
                  {"\"tributary_run\":1", "\"tributary_run\":2", "tributary_run"}};
    for (const auto& fault : faults) {
        const auto words = refusal(replaced(text, fault.from, fault.to));
        BOOST_TEST(words.find("the run manifest's field " + std::string(fault.named) + " ") != std::string::npos,
                   words);
    }
    refusal(replaced(text, "\"rejected\":2,", ""));
    refusal(replaced(text, "\"rejected\":2,", "\"rejected\":2,\"extra\":1,"));
    refusal(replaced(text, "\"rejected\":2,", "\"rejected\": 2,"));
}

BOOST_AUTO_TEST_CASE(a_run_without_chunks_has_no_manifest) {
    auto run = sample();
    run.streams.clear();
    refusal(run_manifest_text(run));
}

BOOST_AUTO_TEST_SUITE_END()
