#include "agent/config/scalar.h"

#include <boost/test/unit_test.hpp>
#include <cfloat>

using namespace tributary;

namespace {

ScalarValue value_of(const std::string& text) {
    return core_value(*parse_yaml("key: " + text + "\n", "a.yaml").find("key"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_tests)

// The examples of YAML 1.2.2, section 10.3.2, and the edges beside them.
BOOST_AUTO_TEST_CASE(scalars_are_read_by_the_core_schema) {
    for (const auto* text : {"null", "Null", "NULL", "~", ""}) {
        BOOST_TEST((value_of(text) == ScalarValue()), text);
    }
    for (const auto* text : {"true", "True", "TRUE"}) {
        BOOST_TEST((value_of(text) == ScalarValue(true)), text);
    }
    for (const auto* text : {"false", "False", "FALSE"}) {
        BOOST_TEST((value_of(text) == ScalarValue(false)), text);
    }
    const std::pair<const char*, std::int64_t> whole[] = {
        {"0", 0},     {"-0", 0},    {"12", 12},
        {"-19", -19}, {"+7", 7},    {"007", 7},
        {"0o7", 7},   {"0x3A", 58}, {"9223372036854775807", INT64_MAX}};
    for (const auto& [text, number] : whole) {
        BOOST_TEST((value_of(text) == ScalarValue(number)), text);
    }
    const std::pair<const char*, double> numbers[] = {{"0.", 0},
                                                      {"-0.5", -0.5},
                                                      {".5", 0.5},
                                                      {"+12e03", 12000},
                                                      {"8E4", 80000},
                                                      {"-2E+05", -2e5},
                                                      {"9223372036854775808", 9223372036854775808.0},
                                                      {"8E432", DBL_MAX},
                                                      {"-1e999", -DBL_MAX},
                                                      {"1e-999", 0}};
    for (const auto& [text, number] : numbers) {
        BOOST_TEST((value_of(text) == ScalarValue(number)), text);
    }
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_number_is_text) {
    for (const auto* text :
         {"yes", "no", "on", "02:00", "1_000", "0b1",  "0o8",  "0x",   "0xG",  "0x-1",   "-0x1", "--1",
          "+-1", "1e", "e5", ".",     "1.2.3", ".inf", ".nan", "nULL", "tRUE", "10 MiB", "5m"}) {
        BOOST_TEST((value_of(text) == ScalarValue(std::string(text))), text);
    }
}

BOOST_AUTO_TEST_CASE(quotes_make_text) {
    for (const auto* text : {"null", "true", "12", "8E432", ""}) {
        BOOST_TEST((value_of(std::string("'") + text + "'") == ScalarValue(std::string(text))), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
