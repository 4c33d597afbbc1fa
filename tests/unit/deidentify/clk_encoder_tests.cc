#include "agent/deidentify/clk_encoder.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "agent/keys/base64.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"

using namespace tributary;

// tests/data/linkage holds schemas, records and the encodings that they have under the secret "secret". Those of
// `published` are clkhash's own: anonlink-client prints them in its tutorial for the command line. The others were
// computed by tests/data/clk_reference.py (hashlib and hmac), which gives the published one too:
//
//   tests/data/clk_reference.py NAME.json secret < NAME.csv > NAME.clk

namespace {

std::string read(const std::string& file) {
    return read_file(system_files(), std::filesystem::path(TRIBUTARY_LINKAGE_DATA) / file, 1U << 20U);
}

/// Of a CSV without quotes.
std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char character : text) {
        if (character == separator) {
            parts.emplace_back();
        } else {
            parts.back() += character;
        }
    }
    return parts;
}

std::vector<std::string> lines(const std::string& text) {
    auto all = split(text, '\n');
    all.pop_back();  // what follows the last line's end
    return all;
}

ClkEncoder encoder_of(const std::string& json, std::string_view secret = "secret") {
    return {LinkageSchema::parse(json, "schema.json"),
            {reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()}};
}

/// The encoding, or the reason why there is none.
std::string encode(const ClkEncoder& encoder, const std::vector<std::string>& values, ClkEncoder::Scratch& scratch) {
    const std::vector<std::string_view> views(values.begin(), values.end());
    const auto encoding = encoder.encode(views, scratch);
    if (encoding.outcome < outcome::first_reason) {
        return std::string(encoding.text);
    }
    BOOST_TEST(encoding.text.empty());
    BOOST_TEST(encoding.bits.empty());
    return std::string(ClkEncoder::reasons()[encoding.outcome - outcome::first_reason]) + " " +
           encoder.inputs()[encoding.feature];
}

std::string encode(const ClkEncoder& encoder, const std::vector<std::string>& values) {
    ClkEncoder::Scratch scratch(encoder);
    return encode(encoder, values, scratch);
}

void check_known_answers(const std::string& name) {
    const auto encoder = encoder_of(read(name + ".json"));
    const auto records = lines(read(name + ".csv"));
    const auto expected = lines(read(name + ".clk"));
    BOOST_REQUIRE(records.size() == expected.size() + 1);
    ClkEncoder::Scratch scratch(encoder);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto all = split(records[i + 1], ',');
        std::vector<std::string> values;
        for (std::size_t j = 0; j < all.size(); ++j) {
            if (!encoder.schema().features()[j].ignored) {
                values.push_back(all[j]);
            }
        }
        const auto encoding = encode(encoder, values, scratch);
        if (expected[i] == "-") {
            BOOST_TEST(encoding.substr(0, 17) == "feature_not_valid", name << " row " << i + 1);
        } else {
            BOOST_TEST(encoding == expected[i], name << " row " << i + 1);
        }
    }
}

/// A schema of one feature, "value".
std::string one_feature(const std::string& format, const std::string& comparison = R"({"type": "exact"})",
                        const std::string& rest = "") {
    return R"({"version": 3, "clkConfig": {"l": 256, "kdf": {"type": "HKDF"}}, "features": [{"identifier": "value",
               "format": )" +
           format + R"(, "hashing": {"strategy": {"bitsPerToken": 4}, "comparison": )" + comparison + rest + "}}]}";
}

bool fits(const std::string& format, const std::string& value) {
    return encode(encoder_of(one_feature(format)), {value}).substr(0, 8) != "feature_";
}

/// Whether both values have one encoding.
bool same(const std::string& format, const std::string& one, const std::string& other) {
    const auto encoder = encoder_of(one_feature(format));
    const auto encoding = encode(encoder, {one});
    BOOST_TEST(encoding.substr(0, 8) != "feature_", one);
    return encoding == encode(encoder, {other});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clk_encoder_tests)

BOOST_AUTO_TEST_CASE(the_encoding_that_clkhash_published) {
    check_known_answers("published");
}

BOOST_AUTO_TEST_CASE(known_answers_with_blake2_folding_sha512_and_utf16) {
    check_known_answers("blake");
}

BOOST_AUTO_TEST_CASE(known_answers_with_double_hashing_numbers_and_a_length_that_is_no_power_of_two) {
    check_known_answers("double");
}

BOOST_AUTO_TEST_CASE(known_answers_where_singularities_occur_and_halves_do_not_end_with_a_byte) {
    check_known_answers("small");
}

BOOST_AUTO_TEST_CASE(what_was_encoded_before_changes_nothing) {
    const auto encoder = encoder_of(read("blake.json"));
    const auto records = lines(read("blake.csv"));
    ClkEncoder::Scratch used(encoder);
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 1; i < records.size(); ++i) {
            auto values = split(records[i], ',');
            values.erase(values.begin());  // ignored
            BOOST_TEST(encode(encoder, values, used) == encode(encoder, values));
        }
    }
}

BOOST_AUTO_TEST_CASE(threads_share_an_encoder) {
    const auto encoder = encoder_of(read("small.json"));
    const auto expected = encode(encoder, {"abc", "def"});
    std::vector<std::string> seen(4);
    {
        std::vector<std::jthread> threads;
        for (auto& one : seen) {
            threads.emplace_back([&] {
                ClkEncoder::Scratch scratch(encoder);
                for (int i = 0; i < 200; ++i) {
                    one = encode(encoder, {"abc", "def"}, scratch);
                }
            });
        }
    }
    for (const auto& one : seen) {
        BOOST_TEST(one == expected);
    }
}

BOOST_AUTO_TEST_CASE(another_secret_gives_another_encoding_and_none_is_refused) {
    const auto json = read("small.json");
    BOOST_TEST(encode(encoder_of(json, "secret"), {"abc", "def"}) !=
               encode(encoder_of(json, "secreT"), {"abc", "def"}));
    BOOST_CHECK_EXCEPTION(encoder_of(json, ""), Error,
                          [](const Error& error) { return error.code() == ErrorCode::key; });
}

BOOST_AUTO_TEST_CASE(values_are_those_of_the_features_that_are_not_ignored) {
    const auto encoder = encoder_of(read("double.json"));
    BOOST_TEST(encoder.inputs() == (std::vector<std::string>{"surname", "phone", "age", "height"}),
               boost::test_tools::per_element());
    ClkEncoder::Scratch scratch(encoder);
    BOOST_CHECK_THROW(encoder.encode({}, scratch), Error);
}

BOOST_AUTO_TEST_CASE(the_first_value_that_does_not_fit_is_named_and_none_is_encoded) {
    const auto encoder = encoder_of(read("double.json"));
    BOOST_TEST(encode(encoder, {"smith", "0", "x", "180"}) == "feature_not_valid phone");
    BOOST_TEST(encode(encoder, {"smith", "1", "x", "180"}) == "feature_not_valid age");
    BOOST_TEST(encode(encoder, {"smith", "1", "5", "180"}).size() == 168U);
}

BOOST_AUTO_TEST_CASE(a_record_without_a_token_is_empty_and_all_zero) {
    const auto encoder = encoder_of(read("small.json"));
    ClkEncoder::Scratch scratch(encoder);
    const std::string_view nothing[] = {"", ""};
    const auto encoding = encoder.encode(nothing, scratch);
    BOOST_TEST(encoding.outcome == outcome::empty);
    BOOST_TEST(encoding.text == "AAA=");
    const std::string_view something[] = {"", "a"};
    BOOST_TEST(encoder.encode(something, scratch).outcome == outcome::filled);
}

BOOST_AUTO_TEST_CASE(hostile_texts_have_no_encoding_or_one_in_bounded_time) {
    const std::string any = R"({"type": "string"})";
    BOOST_TEST(encode(encoder_of(one_feature(any)), {std::string(32'769, 'a')}) == "feature_too_long value");
    BOOST_TEST(fits(any, std::string(10'000, 'a')));
    BOOST_TEST(
        fits(any, "\xe2\x80\x8f\xd8\xb9 \xf0\x9f\x98\x80 e\xcc\x81"));  // right-to-left mark, emoji, combining accent
    BOOST_TEST(!fits(any, "\xff"));
    BOOST_TEST(!fits(any, "\xed\xa0\x80"));  // a surrogate
    BOOST_TEST(!fits(R"({"type": "string", "pattern": "(a+)+b"})", std::string(5'000, 'a')));
    BOOST_TEST(!fits(R"({"type": "integer"})", std::string(10'000, '1')));
}

// Python: s.upper() == s and s.lower() == s
BOOST_AUTO_TEST_CASE(case_is_unicodes) {
    const std::string upper = R"({"type": "string", "case": "upper"})";
    const std::string lower = R"({"type": "string", "case": "lower"})";
    for (const char* const word : {"O'NEILL 2", "ÉÅØ", "ẞ", "漢"}) {
        BOOST_TEST(fits(upper, word), word);
    }
    for (const char* const word : {"aB", "é", "STRAßE", "ﬁ", "ŉ", "ᾈ", "ǅ"}) {
        BOOST_TEST(!fits(upper, word), word);
    }
    for (const char* const word : {"o'neill 2", "éåø", "straße", "ﬁ", "ς"}) {
        BOOST_TEST(fits(lower, word), word);
    }
    for (const char* const word : {"aB", "É", "ẞ", "İ", "ǅ"}) {
        BOOST_TEST(!fits(lower, word), word);
    }
}

BOOST_AUTO_TEST_CASE(lengths_count_characters) {
    const std::string three = R"({"type": "string", "minLength": 3, "maxLength": 3})";
    BOOST_TEST(fits(three, "é漢😀"));
    BOOST_TEST(!fits(three, "éé"));
    BOOST_TEST(!fits(three, "éééé"));
}

BOOST_AUTO_TEST_CASE(patterns_match_the_whole_value_and_know_all_digits) {
    const std::string dog = R"({"type": "string", "pattern": "dog(.dog)*|\\d+"})";
    BOOST_TEST(fits(dog, "dogodog"));
    BOOST_TEST(fits(dog, "٤٢"));  // Python's \d is Unicode's
    BOOST_TEST(!fits(dog, "dogs"));
    BOOST_TEST(!fits(dog, "hot dog"));
    BOOST_TEST(!fits(R"({"type": "string", "pattern": "dog(.dog)*", "encoding": "ascii"})", "dogødog"));
}

BOOST_AUTO_TEST_CASE(one_integer_has_one_encoding_however_it_is_written) {
    const std::string integer = R"({"type": "integer"})";
    for (const char* const number : {"  10", "10  ", "+10", " +10 ", "010", "1_0",
                                     "\xc2\xa0"
                                     "10\x1f"}) {
        BOOST_TEST(same(integer, number, "10"), number);
    }
    BOOST_TEST(same(integer, "-0", "0"));
    BOOST_TEST(!same(integer, "-10", "10"));
    for (const char* const number : {"", "1.0", "boom", "- 1", "--1", "_1", "1_", "1__0", "0x10", "+", "１０"}) {
        BOOST_TEST(!fits(integer, number), number);
    }
    const std::string bounded = R"({"type": "integer", "minimum": -9223372036854775808, "maximum": 12})";
    for (const char* const number : {"12", "-9223372036854775808", "-1", "0"}) {
        BOOST_TEST(fits(bounded, number), number);
    }
    for (const char* const number : {"13", "100", "-9223372036854775809", "99999999999999999999999"}) {
        BOOST_TEST(!fits(bounded, number), number);
    }
}

// Python: datetime.datetime.strptime(value, format).strftime('%Y%m%d')
BOOST_AUTO_TEST_CASE(one_date_has_one_encoding_however_it_is_written) {
    const auto date = [](const std::string& format) { return R"({"type": "date", "format": ")" + format + R"("})"; };
    BOOST_TEST(same(date("%d/%m/%Y"), "1/2/1980", "01/02/1980"));
    BOOST_TEST(same(date("%d %b %Y"), "1  FEB\t1980", "01 feb 1980"));
    BOOST_TEST(same(date("%B %d, %y"), "february  1, 80", "February 01, 80"));
    BOOST_TEST(same(date("%d%m%Y"), "1121980", "11021980"));  // the first match that leaves room for a year
    BOOST_TEST(same(date("%Y-%m-%d %H:%M:%S"), "1980-02-01 1:2:3", "1980-02-01 23:59:59"));
    BOOST_TEST(same(date("100%% %Y"), "100% 1980", "100% 1980"));
    for (const char* const day :
         {"1980-02-30", "1900-02-29", "0000-01-01", "0999-01-01", "1980-13-01", "1980-1", "", "80-01-01", "1980-01-011",
          " 1980-01-01", "1980-01-01 ", "１980-01-01", "1980-00-01"}) {
        BOOST_TEST(!fits(date("%Y-%m-%d"), day), day);
    }
    BOOST_TEST(fits(date("%Y-%m-%d"), "2000-02-29"));
    BOOST_TEST(fits(date("%d-%m-%y"), " 1-02-68"));  // %d takes a space in place of a zero
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_replaced_and_neither_it_nor_its_replacement_is_checked) {
    const std::string number = R"({"type": "integer", "minimum": 5})";
    const auto replaced = encoder_of(
        one_feature(number, R"({"type": "exact"})", R"(, "missingValue": {"sentinel": "NA", "replaceWith": "007"})"));
    const auto text = encoder_of(one_feature(R"({"type": "string"})"));
    BOOST_TEST(encode(replaced, {"NA"}) == encode(text, {"007"}));
    BOOST_TEST(encode(replaced, {"007"}) == encode(text, {"7"}));
    const auto kept =
        encoder_of(one_feature(number, R"({"type": "exact"})", R"(, "missingValue": {"sentinel": "NA"})"));
    BOOST_TEST(encode(kept, {"NA"}) == encode(text, {"NA"}));
    BOOST_TEST(encode(kept, {""}) == "feature_not_valid value");
}

BOOST_AUTO_TEST_SUITE_END()
