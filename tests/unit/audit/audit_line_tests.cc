#include "agent/audit/audit_line.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

const std::string zeros(64, '0');
// Written by hand; its hash by Python: hashlib.sha256(text).hexdigest().
const std::string first_line = R"({"details":{"site":"RVW"},"event":"log_begun","previous":")" + zeros +
                               R"(","sequence":1,"time":"2026-11-22T08:30:00.000Z"})";
const std::string first_hash = "bd9dc23a2b73112fb308f9b1d61b0cccf0077eac95f00b16051237776ea723d1";

AuditLine first() {
    return {1, from_rfc3339("2026-11-22T08:30:00.000Z"), "log_begun", zeros, {{"site", "RVW"}}};
}

bool refused(const std::string& text) {
    try {
        parse_audit_line(text);
        return false;
    } catch (const Error& error) {
        return error.code() == ErrorCode::input;
    }
}

std::string with(std::string from, std::string to) {
    auto text = first_line;
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_line_tests)

BOOST_AUTO_TEST_CASE(a_line_is_one_text_and_has_one_hash) {
    BOOST_TEST(to_text(first()) == first_line);
    BOOST_TEST(audit_hash(first_line) == first_hash);
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    auto line = first();
    line.sequence = 7;
    line.event = "an_event_of_a_later_version";
    line.details = {{"count", std::uint64_t{1} << 53U}, {"text", "quote \" back \\ slash / é ☃"}};
    const auto read = parse_audit_line(to_text(line));
    BOOST_TEST(read.sequence == 7U);
    BOOST_TEST((read.time == line.time));
    BOOST_TEST(read.event == line.event);
    BOOST_REQUIRE(read.details.size() == 2U);
    BOOST_TEST(read.details[0].name == "count");
    BOOST_TEST(std::get<std::uint64_t>(read.details[0].value) == std::uint64_t{1} << 53U);
    BOOST_TEST(std::get<std::string>(read.details[1].value) == "quote \" back \\ slash / é ☃");
}

BOOST_AUTO_TEST_CASE(any_other_way_of_writing_is_refused) {
    BOOST_TEST(!refused(first_line));
    const std::string wrong[] = {
        "",
        "[]",
        "null",
        "{}",
        first_line + " ",
        first_line + first_line,
        first_line.substr(1),
        with(":1,", ": 1,"),
        with(":1,", ":01,"),
        with(":1,", ":1.0,"),
        with(":1,", ":-1,"),
        with(":1,", ":true,"),
        with(":1,", ":\"1\","),
        with(":1,", ":9007199254740993,"),
        with(":1,", ":18446744073709551616,"),
        with(zeros, zeros.substr(1)),
        with(zeros, "A" + zeros.substr(1)),
        with("RVW", "R\\u0056W"),
        with("RVW", "R\\nW"),
        with("RVW", "R\\u001bW"),
        with("\"RVW\"", "null"),
        with("\"RVW\"", "[1]"),
        with("\"RVW\"", "{}"),
        with("{\"site\":\"RVW\"}", "null"),
        with("log_begun", "log\\nbegun"),
        with("08:30", "25:30"),
        with("\"event\"", "\"even\""),
        with("{\"details\"", "{\"a\":1,\"details\""),
        with("\"sequence\":1", "\"sequence\":1,\"sequence\":1"),
        std::string(100, '{'),
    };
    for (const auto& text : wrong) {
        BOOST_TEST(refused(text), text);
    }
    BOOST_TEST(refused(with("RVW", std::string(longest_audit_line, 'a'))));
}

BOOST_AUTO_TEST_SUITE_END()
