#include "agent/deidentify/normalise.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>

using namespace tributary;

namespace {

/// The normal form, or why there is none.
std::string normal(IdentifierType type, std::string_view value) {
    NormalisationScratch scratch;
    const auto result = normalise(type, value, scratch);
    if (result.outcome == outcome::filled) {
        return std::string(result.text);
    }
    return result.outcome == outcome::empty
               ? "(empty)"
               : "(" + std::string(normalisation_reasons(type)[result.outcome - outcome::first_reason]) + ")";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(normalise_tests)

BOOST_AUTO_TEST_CASE(an_identifier_loses_white_space_at_its_ends_only) {
    BOOST_TEST(normal(IdentifierType::identifier, "  RVW 1 ") == "RVW 1");
    BOOST_TEST(normal(IdentifierType::identifier, "\t\r\n\v\fRVW1\n") == "RVW1");
    // No-break space, en quad, ideographic space, next line: Unicode's White_Space.
    BOOST_TEST(normal(IdentifierType::identifier, "\xc2\xa0\xe2\x80\x80 RVW1\xe3\x80\x80 \xc2\x85") == "RVW1");
    // A zero-width space is no white space.
    BOOST_TEST(normal(IdentifierType::identifier, "\xe2\x80\x8bRVW1") == "\xe2\x80\x8bRVW1");
    BOOST_TEST(normal(IdentifierType::identifier, " \xc2\xa0 ") == "(empty)");
    BOOST_TEST(normal(IdentifierType::identifier, "") == "(empty)");
}

BOOST_AUTO_TEST_CASE(composed_and_decomposed_letters_are_one_identifier) {
    BOOST_TEST(normal(IdentifierType::identifier, "Zoe\xcc\x88") == "Zo\xc3\xab");
    BOOST_TEST(normal(IdentifierType::identifier, "Zo\xc3\xab") == "Zo\xc3\xab");
    // OHM SIGN to omega; marks in canonical order.
    BOOST_TEST(normal(IdentifierType::text, "\xe2\x84\xa6") == "\xce\xa9");
    BOOST_TEST(normal(IdentifierType::text, "q\xcc\x87\xcc\xa3") == "q\xcc\xa3\xcc\x87");
}

BOOST_AUTO_TEST_CASE(a_text_keeps_its_white_space_and_case) {
    BOOST_TEST(normal(IdentifierType::text, " aB ") == " aB ");
    BOOST_TEST(normal(IdentifierType::text, " ") == " ");
    BOOST_TEST(normal(IdentifierType::text, "") == "(empty)");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_no_identifier) {
    for (const auto* const text : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\xe9 "}) {
        BOOST_TEST(normal(IdentifierType::identifier, text) == "(invalid_text)");
        BOOST_TEST(normal(IdentifierType::text, text) == "(invalid_text)");
    }
}

BOOST_AUTO_TEST_CASE(endless_combining_marks_are_refused_before_they_take_time) {
    std::string marks = "a";
    for (int i = 0; i < 500'000; ++i) {
        marks += i % 2 == 0 ? "\xcc\x87" : "\xcc\xa3";
    }
    BOOST_TEST(normal(IdentifierType::identifier, marks) == "(invalid_text)");
    BOOST_TEST(normal(IdentifierType::identifier, marks.substr(0, 1 + 2 * 900)) != "(invalid_text)");
}

BOOST_AUTO_TEST_CASE(a_uprn_is_up_to_twelve_digits_without_leading_zeros) {
    BOOST_TEST(normal(IdentifierType::uprn, "100012345678") == "100012345678");
    BOOST_TEST(normal(IdentifierType::uprn, " 000012345678 ") == "12345678");
    BOOST_TEST(normal(IdentifierType::uprn, "1") == "1");
    BOOST_TEST(normal(IdentifierType::uprn, "  ") == "(empty)");
    for (const auto* const text :
         {"0", "000000000000", "1000123456789", "0000000000001", "12a", "-1", "1.0", "1 2", "\xff"}) {
        BOOST_TEST(normal(IdentifierType::uprn, text) == "(not_a_uprn)", text);
    }
}

BOOST_AUTO_TEST_CASE(an_nhs_number_says_why_it_is_none) {
    BOOST_TEST(normal(IdentifierType::nhs_number, "943 476 5919") == "9434765919");
    BOOST_TEST(normal(IdentifierType::nhs_number, "9434765918") == "(check_digit)");
    BOOST_TEST(normal(IdentifierType::nhs_number, "943476591") == "(not_ten_digits)");
    BOOST_TEST(normal(IdentifierType::nhs_number, "1111111111") == "(equal_digits)");
    BOOST_TEST(normal(IdentifierType::nhs_number, " - ") == "(empty)");
}

BOOST_AUTO_TEST_SUITE_END()
