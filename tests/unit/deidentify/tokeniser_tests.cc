#include "agent/deidentify/tokeniser.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace tributary;

namespace {

using Tokens = std::vector<std::string>;

/// {"none"} if the text has no tokens because it is no number.
Tokens tokens(const Comparison& comparison, const std::string& text, TextEncoding encoding = TextEncoding::utf_8) {
    const Tokeniser tokeniser(comparison, encoding);
    TokenScratch scratch;
    const auto count = tokeniser.start(text, scratch);
    if (!count) {
        return {"none"};
    }
    Tokens all;
    for (std::size_t i = 0; i < *count; ++i) {
        all.emplace_back(tokeniser.token(i, scratch));
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tokeniser_tests)

// The first two: clkhash's documentation of NgramComparison.
BOOST_AUTO_TEST_CASE(ngrams_stand_between_spaces_and_may_carry_their_position) {
    BOOST_TEST(tokens(NgramComparison{2, false}, "clkhash") ==
               (Tokens{" c", "cl", "lk", "kh", "ha", "as", "sh", "h "}));
    BOOST_TEST(tokens(NgramComparison{2, true}, "clkhash") ==
               (Tokens{"1  c", "2 cl", "3 lk", "4 kh", "5 ha", "6 as", "7 sh", "8 h "}));
    BOOST_TEST(tokens(NgramComparison{1, true}, "222") == (Tokens{"1 2", "2 2", "3 2"}));
    BOOST_TEST(tokens(NgramComparison{3, false}, "a") == (Tokens{"  a", " a ", "a  "}));
    BOOST_TEST(tokens(NgramComparison{2, false}, "é漢") == (Tokens{" é", "é漢", "漢 "}));
    BOOST_TEST(tokens(NgramComparison{2, false}, "").empty());
}

BOOST_AUTO_TEST_CASE(an_exact_comparison_has_the_value_as_its_token) {
    BOOST_TEST(tokens(ExactComparison{}, "clkhash") == Tokens{"clkhash"});
    BOOST_TEST(tokens(ExactComparison{}, "").empty());
}

// Python: 'é😀'.encode('utf-16'), .encode('utf-32')
BOOST_AUTO_TEST_CASE(tokens_are_encoded_as_python_does_with_a_byte_order_mark_each) {
    BOOST_TEST(tokens(ExactComparison{}, "é😀", TextEncoding::utf_16) ==
               Tokens{std::string("\xff\xfe\xe9\x00\x3d\xd8\x00\xde", 8)});
    BOOST_TEST(tokens(NgramComparison{1, true}, "é", TextEncoding::utf_32) ==
               Tokens{std::string("\xff\xfe\x00\x00\x31\x00\x00\x00\x20\x00\x00\x00\xe9\x00\x00\x00", 16)});
}

// The first: clkhash's documentation of NumericComparison. The others: tests/data/clk_reference.py, tokens().
BOOST_AUTO_TEST_CASE(near_numbers_share_tokens) {
    BOOST_TEST(tokens(NumericComparison{8, 2, 0}, "25") == (Tokens{"88", "96", "104", "112", "120"}));
    BOOST_TEST(tokens(NumericComparison{8, 2, 0}, "26") == (Tokens{"88", "96", "104", "112", "120"}));
    BOOST_TEST(tokens(NumericComparison{8, 2, 0}, "-25") == (Tokens{"-112", "-104", "-96", "-88", "-80"}));
    BOOST_TEST(tokens(NumericComparison{1000, 1, 3}, "42") == tokens(NumericComparison{1000, 1, 3}, "42.000"));
    BOOST_TEST(tokens(NumericComparison{1, 1, 0}, "42.9") == (Tokens{"83", "84", "85"}));
    BOOST_TEST(tokens(NumericComparison{1, 1, 1}, "0.25") == (Tokens{"3", "4", "5"}));  // 2.5 is rounded to the even 2
    BOOST_TEST(tokens(NumericComparison{1, 1, 0}, " +1_0.5e1 ") == (Tokens{"209", "210", "211"}));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_or_too_large_a_one_has_no_tokens) {
    for (const char* const text : {"x", "nan", "inf", "1e400", "1_", "_1.5", "+-1", "1.5.1", "9223372036854775807",
                                   "1e18", "99999999999999999999", "0x10"}) {
        BOOST_TEST(tokens(NumericComparison{8, 50, 3}, text) == Tokens{"none"}, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
