#include "agent/deidentify/nhs_number.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

using namespace tributary;

namespace {

NhsNumberFault fault_of(std::string_view text) {
    std::array<char, 10> digits{};
    return read_nhs_number(text, digits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nhs_number_tests)

BOOST_AUTO_TEST_CASE(spaces_and_hyphens_do_not_count) {
    for (const auto* const text :
         {"9434765919", "943 476 5919", "943-476-5919", " 943 4765919 ", "9-4-3-4-7-6-5-9-1-9"}) {
        std::array<char, 10> digits{};
        BOOST_TEST((read_nhs_number(text, digits) == NhsNumberFault::none));
        BOOST_TEST(std::string(digits.data(), digits.size()) == "9434765919");
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_ten_digits_is_said_to_be_so) {
    for (const auto* const text : {"943476591", "94347659190", "943476591A", "943.476.5919", "943\t4765919", "NHS",
                                   "\xef\xbc\x99"
                                   "434765919",
                                   "9434765919\n", "+943476591"}) {
        BOOST_TEST((fault_of(text) == NhsNumberFault::not_ten_digits), text);
    }
    BOOST_TEST((fault_of(std::string_view("943476591\0", 10)) == NhsNumberFault::not_ten_digits));
    BOOST_TEST((fault_of(std::string(1'000'000, '9')) == NhsNumberFault::not_ten_digits));
}

BOOST_AUTO_TEST_CASE(nothing_but_spaces_and_hyphens_is_empty) {
    for (const auto* const text : {"", " ", "--", " - "}) {
        BOOST_TEST((fault_of(text) == NhsNumberFault::empty));
    }
}

BOOST_AUTO_TEST_CASE(ten_equal_digits_are_nobody_whatever_their_check_digit) {
    for (char digit = '0'; digit <= '9'; ++digit) {
        BOOST_TEST((fault_of(std::string(10, digit)) == NhsNumberFault::equal_digits));
    }
}

// The rule written another way (NHS Data Dictionary, NHS NUMBER): a number is right if the ten digits, weighted 10 to
// 1, add up to a multiple of 11. A prefix whose check digit would be 10 has no completion; no digit stands for 10.
BOOST_AUTO_TEST_CASE(of_ten_completions_of_a_prefix_one_or_none_is_valid) {
    std::mt19937 random(20261122);
    int without = 0;
    constexpr int prefixes = 20'000;
    for (int i = 0; i < prefixes; ++i) {
        std::string number;
        int sum = 0;
        for (int weight = 10; weight >= 2; --weight) {
            const int digit = static_cast<int>(random() % 10);
            number += static_cast<char>('0' + digit);
            sum += weight * digit;
        }
        int valid = 0;
        for (int last = 0; last <= 9; ++last) {
            const std::string candidate = number + static_cast<char>('0' + last);
            const bool expected = (sum + last) % 11 == 0 && candidate != std::string(10, candidate[0]);
            const bool actual = fault_of(candidate) == NhsNumberFault::none;
            BOOST_REQUIRE_EQUAL(actual, expected);
            valid += actual ? 1 : 0;
        }
        BOOST_REQUIRE(valid <= 1);
        without += valid == 0 ? 1 : 0;
    }
    // One prefix in eleven has none.
    BOOST_TEST(without > prefixes / 14);
    BOOST_TEST(without < prefixes / 9);
}

// Every one of a corpus of published test numbers (uk-fci/nhs-number, MIT).
BOOST_AUTO_TEST_CASE(published_test_numbers_are_valid) {
    const char* const corpora = std::getenv("TRIBUTARY_CORPORA");
    if (corpora == nullptr) {
        BOOST_TEST_MESSAGE("skipped: TRIBUTARY_CORPORA does not name the folder of corpora");
        return;
    }
    std::ifstream file(std::string(corpora) + "/nhs_number/testdata-9-valid-nhs-numbers.csv", std::ios::binary);
    if (!file) {
        BOOST_TEST_MESSAGE("skipped: there is no nhs_number in the folder of corpora");
        return;
    }
    std::string line;
    int count = 0;
    while (std::getline(file, line)) {
        if (line.starts_with("\xef\xbb\xbf")) {
            line.erase(0, 3);
        }
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (!line.empty()) {
            BOOST_TEST((fault_of(line) == NhsNumberFault::none), "line " << count + 1);
            ++count;
        }
    }
    BOOST_TEST(count == 9);
}

BOOST_AUTO_TEST_SUITE_END()
