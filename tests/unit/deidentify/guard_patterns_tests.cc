#include "agent/deidentify/guard_patterns.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/deidentify/character_masks.h"
#include "agent/deidentify/identifier_scan.h"

using namespace tributary;

namespace {

/// What was found, a word each, in the order of the text.
std::string found(const std::string& text) {
    std::vector<GuardHit> hits;
    scan_identifiers(text, hits);
    std::sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    std::string words;
    for (const GuardHit& hit : hits) {
        words += (words.empty() ? "" : " ") + std::string(to_string(hit.kind));
    }
    return words;
}

void check_found(const std::string& text, const std::string& expected) {
    // At every place of the 64-byte blocks that the scanner works in, and at both ends.
    for (const std::size_t before : {0U, 1U, 30U, 50U, 54U, 55U, 56U, 57U, 58U, 59U, 60U, 61U, 62U, 63U, 64U, 127U}) {
        for (const std::size_t behind : {0U, 1U, 64U}) {
            const std::string padded = std::string(before, '.') + text + std::string(behind, '.');
            BOOST_TEST(found(padded) == expected, "'" << text << "' after " << before << " signs: " << found(padded));
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guard_patterns_tests)

BOOST_AUTO_TEST_CASE(an_nhs_number_is_found_in_any_writing) {
    for (const char* const text :
         {"9434765919", "943 476 5919", "943-476-5919", "94 34 76 59 19", "9 4 3 4 7 6 5 9 1 9", "NHS9434765919",
          "\"9434765919\"", "NHS No: 943 476 5919, seen", "12 9434765919", "9434765919.0", "(9434765919)",
          "2026-11-22 9434765919",
          "\xEF\xBC\x99\xEF\xBC\x94\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x97\xEF\xBC\x96\xEF\xBC\x95"
          "\xEF\xBC\x99\xEF\xBC\x91\xEF\xBC\x99",
          "943\xC2\xA0"
          "476\xC2\xA0"
          "5919",
          "943\xE2\x80\xAF"
          "476\xE2\x80\xAF"
          "5919",
          "943\xE2\x80\x91"
          "476\xE2\x80\x91"
          "5919"}) {
        check_found(text, "nhs_number");
    }
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_an_nhs_number_is_left_alone) {
    for (const char* const text :
         {"9434765918", "1111111111", "943476591", "94347659190", "19434765919", "943 476-5919", "2026-11-22 13",
          "a1b9434765919", "9434765919a", "943.476.5919", "943,476,5919", "943  476  5919", "0000000000"}) {
        check_found(text, "");
    }
}

BOOST_AUTO_TEST_CASE(telephone_numbers_are_found) {
    for (const char* const text :
         {"0113 496 0123", "(0113) 496 0123", "01134960123", "07700 900123", "07700900123", "+44 113 496 0123",
          "+441134960123", "+44 (0)113 496 0123", "020-7946-0123", "Tel 0113 4960123", "0800 001 1066"}) {
        check_found(text, "phone");
    }
    for (const char* const text :
         {"00113 496 0123", "0413 496 0123", "113 496 0124", "0113 496 012", "0113 496 01234", "+33 113 496 0124"}) {
        check_found(text, "");
    }
}

BOOST_AUTO_TEST_CASE(postcodes_are_found_where_they_are_whole_words_of_areas_that_exist) {
    for (const char* const text : {"LS1 4AP", "ls1 4ap", "LS14AP", "M1 1AE", "SW1A 1AA", "EC1A1BB", "GIR 0AA",
                                   "Leeds LS1 4AP, England", "W1A 0AX", "CR2 6XH", "DN55 1PT"}) {
        check_found(text, "postcode");
    }
    for (const char* const text : {"LS1", "LS1 4", "Ls1 4aP", "QQ1 4AP", "LS1 4CP", "XLS1 4AP", "LS1 4APX", "LS1  4AP",
                                   "I21.9", "E11 9", "LS111 4AP", "T4 3RD"}) {
        check_found(text, "");
    }
}

BOOST_AUTO_TEST_CASE(national_insurance_numbers_are_found) {
    for (const char* const text : {"AB123456C", "AB 12 34 56 C", "ab123456c", "NI: JG103759A."}) {
        check_found(text, "ni_number");
    }
    for (const char* const text : {"QQ123456C", "AB123456E", "BG123456A", "AB12345C", "AB1234567C", "XAB123456C",
                                   "AB123456CD", "Ab123456c", "AO123456C", "AB1 23456C"}) {
        check_found(text, "");
    }
}

BOOST_AUTO_TEST_CASE(email_addresses_are_found) {
    for (const char* const text : {"ann.smith@example.nhs.uk", "a@b.uk", "<o'neil+x@example.com>", "x@ex-ample.org."}) {
        check_found(text, "email");
    }
    for (const char* const text : {"5 @ night", "@example.com", "a@b", "a@-", "a@b c.uk"}) {
        check_found(text, "");
    }
}

BOOST_AUTO_TEST_CASE(several_kinds_in_one_text_are_all_found) {
    BOOST_TEST(found("9434765919 of LS1 4AP, tel 0113 496 0123 or a@b.uk, NI AB123456C") ==
               "nhs_number postcode phone email ni_number");
}

BOOST_AUTO_TEST_CASE(a_number_in_the_middle_of_many_digits_and_blanks_is_not_cut_in_two) {
    for (unsigned groups = 0; groups < 80; ++groups) {
        std::string text;
        for (unsigned i = 0; i < groups; ++i) {
            text += "7 ";
        }
        BOOST_TEST(found(text + "943 476 5919") == "nhs_number", groups);
        BOOST_TEST(found(std::string(groups * 3, '8') + " 943-476-5919").ends_with("nhs_number"), groups);
    }
}

BOOST_AUTO_TEST_CASE(the_fast_masks_are_those_of_the_portable_ones) {
    std::string text(64, '\0');
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned i = 0; i < 64; ++i) {
            text[i] = static_cast<char>(first + i * 37);
        }
        const auto fast = character_masks(text.data());
        const auto portable = portable_masks(text.data());
        BOOST_TEST(fast.digits == portable.digits);
        BOOST_TEST(fast.letters == portable.letters);
        BOOST_TEST(fast.spaces == portable.spaces);
        BOOST_TEST(fast.joiners == portable.joiners);
        BOOST_TEST(fast.at_signs == portable.at_signs);
        BOOST_TEST(fast.beyond == portable.beyond);
        BOOST_TEST(fast.wide == portable.wide);
    }
}

// Of all ten-digit strings the ones with a right check digit are found, and no others: here of every thousandth.
BOOST_AUTO_TEST_CASE(of_ten_digit_codes_one_in_eleven_is_held) {
    unsigned hits = 0;
    unsigned expected = 0;
    for (std::uint64_t number = 1'000'000'007; number < 9'999'999'999; number += 1'000'003) {
        const auto text = std::to_string(number);
        unsigned sum = 0;
        for (unsigned i = 0; i < 9; ++i) {
            sum += (10 - i) * static_cast<unsigned>(text[i] - '0');
        }
        const unsigned check = (11 - sum % 11) % 11;
        expected += check == static_cast<unsigned>(text[9] - '0') ? 1U : 0U;
        hits += found(text) == "nhs_number" ? 1U : 0U;
    }
    BOOST_TEST(hits == expected);
    BOOST_TEST((hits > 700 && hits < 900));  // of 9,000
}

BOOST_AUTO_TEST_SUITE_END()
