#include "agent/keys/json.h"

#include <Poco/JSON/Array.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

ErrorCode code_of(std::string_view text, std::size_t limit = 1U << 20U) {
    try {
        parse_json_object(text, "the thing", limit);
    } catch (const Error& error) {
        BOOST_TEST((std::string_view(error.what()).find("the thing") != std::string_view::npos));
        return error.code();
    }
    return ErrorCode::internal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_tests)

BOOST_AUTO_TEST_CASE(equal_objects_have_equal_texts_whatever_the_order_of_making) {
    Poco::JSON::Object::Ptr inner = new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER);
    inner->set("z", 1);
    inner->set("a", true);
    Poco::JSON::Array::Ptr list = new Poco::JSON::Array;
    list->add(inner);
    list->add("x");
    Poco::JSON::Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("list", list);
    object.set("b", Poco::Dynamic::Var());
    object.set("count", std::uint64_t{1} << 53U);
    BOOST_TEST(json_text(object) == R"({"b":null,"count":9007199254740992,"list":[{"a":true,"z":1},"x"]})");
}

BOOST_AUTO_TEST_CASE(a_text_parses_back_to_the_same_text) {
    const std::string text = R"({"a":[],"b":{},"c":"quote \" slash / back \\ tab \t é ☃","d":-5,"e":false})";
    BOOST_TEST(json_text(*parse_json_object(text, "text")) == text);
}

BOOST_AUTO_TEST_CASE(what_is_not_one_json_object_is_refused) {
    for (const auto* const text : {"", " ", "[]", "1", "\"a\"", "null", "{", "{}x", "{} {}", "{\"a\":}", "{a:1}",
                                   "{\"a\":1,}", "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":01}", "{\"a\":nan}"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((code_of(text) == ErrorCode::input));
        }
    }
    BOOST_TEST((code_of(std::string_view("{}\0", 3)) == ErrorCode::input));
}

BOOST_AUTO_TEST_CASE(size_and_depth_are_bounded) {
    const auto nested = [](std::size_t levels) {
        std::string text;
        for (std::size_t i = 0; i < levels; ++i) {
            text += "{\"a\":";
        }
        return text + "1" + std::string(levels, '}');
    };
    BOOST_CHECK_NO_THROW(parse_json_object(nested(30), "nested"));
    BOOST_TEST((code_of(nested(34)) == ErrorCode::input));
    BOOST_TEST((code_of(nested(100'000)) == ErrorCode::input));
    BOOST_CHECK_NO_THROW(parse_json_object("{\"a\":1}", "short", 7));
    BOOST_TEST((code_of("{\"a\":1}", 6) == ErrorCode::input));
}

BOOST_AUTO_TEST_CASE(an_error_does_not_quote_what_was_read) {
    try {
        parse_json_object("{\"key\": secretvalue}", "the file");
        BOOST_FAIL("was accepted");
    } catch (const Error& error) {
        BOOST_TEST((std::string(error.what()).find("secret") == std::string::npos));
    }
}

BOOST_AUTO_TEST_SUITE_END()
