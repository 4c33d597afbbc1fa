#include "agent/outbox/encoder.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "tests/unit/outbox/test_batches.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

EncodedPieces into(std::string& output) {
    return [&output](const EncodedPiece& piece) { output += piece.bytes; };
}

std::string encoded(RecordFormat format, std::vector<NamedColumn> columns, bool header = false) {
    const KeptRows rows(std::move(columns));
    Quality quality;
    const auto batch = rows.batch(quality);
    const auto encoder = Encoder::create(format);
    std::string output;
    if (header) {
        encoder->encode_header(batch.schema(), into(output));
    }
    encoder->encode(batch, into(output));
    return output;
}

std::string ndjson(std::vector<NamedColumn> columns) {
    return encoded(RecordFormat::ndjson, std::move(columns));
}

std::string csv(std::vector<NamedColumn> columns, bool header = false) {
    return encoded(RecordFormat::csv, std::move(columns), header);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Poco's parser gives the very texts back.
void check_round_trip(const std::vector<std::string>& values) {
    Texts texts(values.begin(), values.end());
    const auto lines = lines_of(ndjson({{"value", text_column(texts)}}));
    BOOST_REQUIRE(lines.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        Poco::JSON::Parser parser;
        const auto object = parser.parse(lines[i]).extract<Poco::JSON::Object::Ptr>();
        BOOST_TEST(object->getValue<std::string>("value") == values[i]);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(encoder_tests)

BOOST_AUTO_TEST_CASE(each_type_has_its_json_form) {
    BOOST_TEST(ndjson({{"t", text_column({"a", std::nullopt, ""})},
                       {"i", integer_column({0, std::nullopt, std::numeric_limits<std::int64_t>::min()})},
                       {"n", number_column({0.1, std::nullopt, -1.5e300})},
                       {"b", boolean_column({true, std::nullopt, false})},
                       {"d", date_column({0, std::nullopt, 20'779})},
                       {"m", time_column({0, std::nullopt, 1'500'000})}}) ==
               "{\"t\":\"a\",\"i\":0,\"n\":0.1,\"b\":true,\"d\":\"1970-01-01\",\"m\":\"1970-01-01T00:00:00Z\"}\n"
               "{\"t\":null,\"i\":null,\"n\":null,\"b\":null,\"d\":null,\"m\":null}\n"
               "{\"t\":\"\",\"i\":-9223372036854775808,\"n\":-1.5e+300,\"b\":false,\"d\":\"2026-11-22\","
               "\"m\":\"1970-01-01T00:00:01.500000Z\"}\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_json_has_not_are_null) {
    const auto infinity = std::numeric_limits<double>::infinity();
    BOOST_TEST(ndjson({{"n", number_column({std::numeric_limits<double>::quiet_NaN(), infinity, -infinity})}}) ==
               "{\"n\":null}\n{\"n\":null}\n{\"n\":null}\n");
    BOOST_TEST(csv({{"n", number_column({std::numeric_limits<double>::quiet_NaN(), infinity})},
                    {"i", integer_column({1, 2})}}) == ",1\r\n,2\r\n");
}

BOOST_AUTO_TEST_CASE(whole_floats_are_written_in_digits_and_others_read_back_exactly) {
    BOOST_TEST(
        ndjson({{"n", number_column({1e11, 9.007199254740991e15, 1e22, 5e-324, 0.1 + 0.2})}}) ==
        "{\"n\":100000000000}\n{\"n\":9007199254740991}\n{\"n\":1e+22}\n{\"n\":5e-324}\n{\"n\":0.30000000000000004}\n");
}

BOOST_AUTO_TEST_CASE(specials_are_escaped) {
    BOOST_TEST(ndjson({{"t", text_column({"a\"b\\c/d\b\f\n\r\t\x01\x1f\x7f", std::string("\0x", 2)})}}) ==
               "{\"t\":\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"}\n{\"t\":\"\\u0000x\"}\n");
}

BOOST_AUTO_TEST_CASE(names_are_escaped_too) {
    BOOST_TEST(ndjson({{"a \"b\" \\ \xc3\xa9", integer_column({1})}}) == "{\"a \\\"b\\\" \\\\ \xc3\xa9\":1}\n");
}

BOOST_AUTO_TEST_CASE(every_byte_at_every_place_of_a_word_comes_back) {
    std::vector<std::string> values;
    for (int byte = 0; byte < 0x80; ++byte) {
        for (std::size_t place = 0; place < 17; ++place) {
            std::string value(17, 'x');
            value[place] = static_cast<char>(byte);
            values.push_back(value);
        }
    }
    check_round_trip(values);
}

BOOST_AUTO_TEST_CASE(texts_of_every_length_come_back) {
    std::vector<std::string> values;
    std::vector<std::string> with_specials;
    for (std::size_t length = 0; length < 200; ++length) {
        values.emplace_back(length, 'y');
        with_specials.push_back(std::string(length, 'y') + "\"");
    }
    check_round_trip(values);
    check_round_trip(with_specials);
}

BOOST_AUTO_TEST_CASE(long_texts_come_back_and_no_character_of_theirs_is_cut) {
    std::vector<std::string> values(1, std::string(1'000'000, 'z'));
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string value(shift, 'a');
        while (value.size() < 300'000) {
            value += "\xf0\x9f\x98\x80\xe2\x98\x83\"";
        }
        values.push_back(value);
    }
    check_round_trip(values);
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_never_written) {
    const std::string replacement = "\xef\xbf\xbd";
    const std::pair<std::string, std::string> cases[] = {
        {"\xff", replacement},
        {"a\x80"
         "b",
         "a" + replacement + "b"},
        {"\xc3", replacement},
        {"\xc3(", replacement + "("},
        {"\xc0\xaf", replacement + replacement},                                      // overlong
        {"\xe2\x98", replacement + replacement},                                      // cut short
        {"\xed\xa0\x80", replacement + replacement + replacement},                    // a surrogate
        {"\xf4\x90\x80\x80", replacement + replacement + replacement + replacement},  // beyond U+10FFFF
        {"caf\xe9", "caf" + replacement},                                             // Windows-1252
        {"\xc3\xa9", "\xc3\xa9"}};
    for (const auto& [bytes, text] : cases) {
        BOOST_TEST(ndjson({{"t", text_column({bytes})}}) == "{\"t\":\"" + text + "\"}\n");
        BOOST_TEST(csv({{"t", text_column({bytes})}}) == "\"" + text + "\"\r\n");
    }
    const std::string run(100'000, '\x80');
    BOOST_TEST(ndjson({{"t", text_column({run})}}).size() == 300'000U + 9U);
}

BOOST_AUTO_TEST_CASE(naughty_strings_come_back) {
    const char* const corpora = std::getenv("TRIBUTARY_CORPORA");
    const auto file = std::filesystem::path(corpora == nullptr ? "" : corpora) / "naughty_strings" / "blns.json";
    if (corpora == nullptr || !std::filesystem::exists(file)) {
        BOOST_TEST_MESSAGE("skipped: TRIBUTARY_CORPORA names no folder with naughty_strings/blns.json");
        return;
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    Poco::JSON::Parser parser;
    const auto array = parser.parse(text).extract<Poco::JSON::Array::Ptr>();
    std::vector<std::string> values;
    for (const auto& entry : *array) {
        values.push_back(entry.extract<std::string>());
    }
    BOOST_TEST(values.size() > 400U);
    check_round_trip(values);
}

BOOST_AUTO_TEST_CASE(a_line_is_an_object_however_a_batch_is_cut) {
    const KeptRows rows({{"t", text_column({"1", "2", "3"})}});
    Quality quality;
    const auto batch = rows.batch(quality);
    const auto encoder = Encoder::create(RecordFormat::ndjson);
    std::string output = "before\n";
    encoder->encode(batch, into(output));
    encoder->encode(batch, into(output));
    BOOST_TEST(output ==
               "before\n{\"t\":\"1\"}\n{\"t\":\"2\"}\n{\"t\":\"3\"}\n{\"t\":\"1\"}\n{\"t\":\"2\"}\n{\"t\":\"3\"}\n");
}

BOOST_AUTO_TEST_CASE(an_encoder_follows_from_one_schema_to_another) {
    Quality first, second;
    const KeptRows one({{"a", text_column({"1"})}});
    const KeptRows other({{"b", text_column({"2"})}, {"c", integer_column({3})}});
    const auto encoder = Encoder::create(RecordFormat::ndjson);
    std::string output;
    encoder->encode(one.batch(first), into(output));
    encoder->encode(other.batch(second), into(output));
    BOOST_TEST(output == "{\"a\":\"1\"}\n{\"b\":\"2\",\"c\":3}\n");
}

// RFC 4180, section 2.
BOOST_AUTO_TEST_CASE(csv_quotes_what_must_be_quoted_and_tells_null_from_empty) {
    BOOST_TEST(csv({{"plain", text_column({"a b", "", std::nullopt})},
                    {"with, comma", text_column({"1,2", "say \"hi\"", "two\r\nlines"})},
                    {"n", integer_column({1, std::nullopt, -3})},
                    {"b", boolean_column({true, false, std::nullopt})},
                    {"d", date_column({20'779, std::nullopt, 0})}},
                   true) ==
               "plain,\"with, comma\",n,b,d\r\n"
               "a b,\"1,2\",1,true,2026-11-22\r\n"
               "\"\",\"say \"\"hi\"\"\",,false,\r\n"
               ",\"two\r\nlines\",-3,,1970-01-01\r\n");
}

BOOST_AUTO_TEST_CASE(long_csv_texts_come_back) {
    std::string quotes;
    for (int i = 0; i < 200'000; ++i) {
        quotes += "\"";
    }
    BOOST_TEST((csv({{"t", text_column({quotes})}}) == "\"" + quotes + quotes + "\"\r\n"));
    const std::string plain(500'000, 'p');
    BOOST_TEST((csv({{"t", text_column({plain})}}) == plain + "\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
