#include "plugins/csv/options.h"

#include <Poco/JSON/Parser.h>

#include <boost/test/unit_test.hpp>

using namespace tributary;
using namespace tributary::csv;

namespace {

SourceOptions read(const std::string& options, const std::string& stream = R"({"files": "*.csv"})") {
    return read_options(options, {{"admissions", stream}}, "/etc/tributary");
}

/// "pointer: message" of the refusal.
std::string refusal(const std::string& options, const std::string& stream = R"({"files": "*.csv"})") {
    try {
        read(options, stream);
    } catch (const sdk::Failure& failure) {
        BOOST_CHECK_EQUAL(failure.status(), TRIBUTARY_CONFIGURATION);
        return failure.option() + ": " + failure.what();
    }
    return {};
}

bool begins(const std::string& text, const std::string& with) {
    return text.starts_with(with);
}

Dialect dialect(const std::string& stream) {
    return read(R"({"folder": "in"})", stream).streams.at(0).dialect;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options_tests)

BOOST_AUTO_TEST_CASE(what_is_not_said_has_its_default) {
    const auto options = read(R"({"folder": "incoming/"})");
    BOOST_CHECK(options.folder == path_from_utf8("/etc/tributary/incoming"));
    BOOST_CHECK(options.moved_to == path_from_utf8("/etc/tributary/incoming/taken"));
    BOOST_CHECK(options.settle == std::chrono::seconds(5));
    BOOST_CHECK(options.afterwards == Afterwards::move);
    BOOST_CHECK_EQUAL(options.limits.max_record_bytes, 1048576U);
    BOOST_CHECK_EQUAL(options.limits.bad_rows, 100U);
    BOOST_CHECK_EQUAL(options.limits.batch_rows, 4096U);
    const auto& stream = options.streams.at(0);
    BOOST_CHECK_EQUAL(stream.dialect.delimiter, ",");
    BOOST_CHECK_EQUAL(stream.dialect.quote, '"');
    BOOST_CHECK(stream.dialect.header && !stream.dialect.pad && !stream.dialect.trim && !stream.dialect.backslash);
    BOOST_CHECK(stream.dialect.encoding == Encoding::utf8);
}

BOOST_AUTO_TEST_CASE(every_option_is_read) {
    const auto options = read(R"({"folder": "in", "settle": "2m", "afterwards": "move", "moved_to": "old",
        "done_file": ".done", "max_record_bytes": 2048, "bad_row_limit": 0, "batch_rows": 10})");
    BOOST_CHECK(options.settle == std::chrono::minutes(2));
    BOOST_CHECK(options.moved_to == path_from_utf8("/etc/tributary/old"));
    BOOST_CHECK_EQUAL(options.done_file, ".done");
    BOOST_CHECK_EQUAL(options.limits.max_record_bytes, 2048U);
    BOOST_CHECK_EQUAL(options.limits.bad_rows, 0U);
    BOOST_CHECK_EQUAL(options.limits.batch_rows, 10U);
    const auto read_dialect = dialect(R"({"files": "a*.txt", "delimiter": "tab", "quote": "none", "escape": "backslash",
        "header": false, "columns": ["a", "b"], "encoding": "windows-1252", "ragged": "pad",
        "null_values": ["NULL"], "trim": true, "multiline": "free"})");
    BOOST_CHECK_EQUAL(read_dialect.delimiter, "\t");
    BOOST_CHECK_EQUAL(read_dialect.quote, '\0');
    BOOST_CHECK(!read_dialect.guard_lines);
    BOOST_CHECK(read_dialect.backslash && read_dialect.pad && read_dialect.trim && !read_dialect.header);
    BOOST_CHECK_EQUAL(read_dialect.columns.size(), 2U);
    BOOST_CHECK(read_dialect.encoding == Encoding::windows_1252);
    BOOST_CHECK_EQUAL(read_dialect.null_values.at(0), "NULL");
    BOOST_CHECK_EQUAL(dialect(R"({"files": "*", "delimiter": "\u00fe"})").delimiter, "\xC3\xBE");
}

BOOST_AUTO_TEST_CASE(a_wrong_source_option_is_pointed_at) {
    BOOST_CHECK(begins(refusal("{}"), "/folder: "));
    BOOST_CHECK(begins(refusal(R"({"folder": 3})"), "/folder: "));
    BOOST_CHECK(begins(refusal(R"({"folder": ""})"), "/folder: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "folders": "b"})"), "/folders: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "a/b~c": "b"})"), "/a~1b~0c: "));
    for (const char* settle : {"5", "s", "-1s", "5 s", "25h", "99999999999999999999s", "1d"}) {
        BOOST_CHECK(begins(refusal(R"({"folder": "a", "settle": ")" + std::string(settle) + "\"}"), "/settle: "));
    }
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "afterwards": "keep"})"), "/afterwards: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "afterwards": "leave", "moved_to": "b"})"), "/moved_to: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "moved_to": "./a/"})"), "/moved_to: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "done_file": "done"})"), "/done_file: "));
    for (const char* number : {"-1", "1.5", "\"7\"", "true", "1000000001"}) {
        BOOST_CHECK(
            begins(refusal(R"({"folder": "a", "bad_row_limit": )" + std::string(number) + "}"), "/bad_row_limit: "));
    }
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "batch_rows": 65537})"), "/batch_rows: "));
    BOOST_CHECK(begins(refusal(R"({"folder": "a", "max_record_bytes": 10})"), "/max_record_bytes: "));
    BOOST_CHECK(begins(refusal("[]"), ": "));
    BOOST_CHECK(begins(refusal("not json"), ": "));
}

BOOST_AUTO_TEST_CASE(a_wrong_stream_option_is_pointed_at_with_its_stream) {
    const std::string folder = R"({"folder": "a"})";
    const auto pointer = [&](const std::string& stream) {
        const auto text = refusal(folder, stream);
        return text.substr(0, text.find(": "));
    };
    BOOST_CHECK_EQUAL(pointer("{}"), "/streams/admissions/files");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "../x.csv"})"), "/streams/admissions/files");
    for (const char* delimiter : {"", ",,", "\\n", "\\u0000", "\\\\", "\\\""}) {
        BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "delimiter": ")" + std::string(delimiter) + "\"}"),
                          "/streams/admissions/delimiter");
    }
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "quote": "''"})"), "/streams/admissions/quote");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "header": false})"), "/streams/admissions/header");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "header": "no"})"), "/streams/admissions/header");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "columns": ["a", "a"]})"), "/streams/admissions/columns");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "columns": []})"), "/streams/admissions/columns");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "columns": [1]})"), "/streams/admissions/columns");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "encoding": "ebcdic"})"), "/streams/admissions/encoding");
    BOOST_CHECK_EQUAL(pointer(R"({"files": "*", "null_values": "x"})"), "/streams/admissions/null_values");
}

BOOST_AUTO_TEST_CASE(a_value_that_may_be_a_secret_is_not_repeated) {
    BOOST_CHECK(refusal(R"({"folder": "a", "settle": "hunter2"})").find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_streams_cannot_ask_for_the_same_files) {
    BOOST_CHECK_THROW(
        read_options(R"({"folder": "a"})", {{"x", R"({"files": "*.csv"})"}, {"y", R"({"files": "*.csv"})"}}, ""),
        sdk::Failure);
}

BOOST_AUTO_TEST_CASE(schemas_are_json_and_know_every_option) {
    Poco::JSON::Parser parser;
    for (const auto& text : {source_options_schema(), stream_options_schema()}) {
        const auto schema = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
        const auto properties = schema->getObject("properties");
        BOOST_CHECK(schema->get("additionalProperties").convert<bool>() == false);
        for (const auto& name : properties->getNames()) {
            // The reader knows the name: what it says of a null is not that there is no such option.
            const bool of_stream = schema->getArray("required")->getElement<std::string>(0) == "files";
            const auto text_of = "{\"" + name + "\": null}";
            const auto why = of_stream ? refusal(R"({"folder": "a"})", text_of) : refusal(text_of);
            BOOST_CHECK(why.find("no such option") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
