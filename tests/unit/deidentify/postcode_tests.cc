#include "agent/deidentify/postcode.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string reduced(std::string_view text, PostcodePrecision precision) {
    const auto result = reduce_postcode(text, precision);
    switch (result.fault) {
        case PostcodeFault::none:
            return std::string(result.text());
        case PostcodeFault::empty:
            return "(empty)";
        case PostcodeFault::not_a_postcode:
            return "(not_a_postcode)";
        case PostcodeFault::pseudo_postcode:
            break;
    }
    return "(pseudo_postcode)";
}

std::string outward(std::string_view text) {
    return reduced(text, PostcodePrecision::outward);
}
std::string sector(std::string_view text) {
    return reduced(text, PostcodePrecision::sector);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postcode_tests)

BOOST_AUTO_TEST_CASE(each_form_of_postcode_is_reduced) {
    const struct {
        const char *whole, *outward, *sector;
    } forms[] = {{"M1 1AE", "M1", "M1 1"},          {"B33 8TH", "B33", "B33 8"},    {"CR2 6XH", "CR2", "CR2 6"},
                 {"DN55 1PT", "DN55", "DN55 1"},    {"W1A 0AX", "W1A", "W1A 0"},    {"EC1A 1BB", "EC1A", "EC1A 1"},
                 {"GIR 0AA", "GIR", "GIR 0"},       {"ls1 4ap", "LS1", "LS1 4"},    {"LS14AP", "LS1", "LS1 4"},
                 {" l s 1 4 a p ", "LS1", "LS1 4"}, {"LS14 1AA", "LS14", "LS14 1"}, {"LS1  4AP\t", "LS1", "LS1 4"}};
    for (const auto& form : forms) {
        BOOST_TEST(outward(form.whole) == form.outward);
        BOOST_TEST(sector(form.whole) == form.sector);
    }
}

BOOST_AUTO_TEST_CASE(an_outward_part_alone_will_do_for_outward_only) {
    for (const auto* const text : {"EX39", "M1", "W1A", "EC1A", "ex39", " EX39 ", "GIR"}) {
        BOOST_TEST(outward(text) != "(not_a_postcode)", text);
        BOOST_TEST(sector(text) == "(not_a_postcode)", text);
    }
    // A sector written out is not the outward part that it would be without its space.
    BOOST_TEST(outward("LS1 4") == "(not_a_postcode)");
}

BOOST_AUTO_TEST_CASE(what_is_no_postcode_is_said_to_be_none) {
    for (const auto* const text : {"LS",
                                   "1LS 4AP",
                                   "LS1 AAP",
                                   "LS1 44P",
                                   "LS1 4A",
                                   "LSS1 4AP",
                                   "LS123 4AP",
                                   "LS1AA 4AP",
                                   "LS1 4APP",
                                   "GIR 0AB",
                                   "GIR 1AA",
                                   "LS1-4AP",
                                   "99",
                                   "A",
                                   "unknown",
                                   "L\xc3\xa9"
                                   "1 4AP",
                                   "LS1\t4AP",
                                   "ABC 1AA",
                                   "4AP",
                                   "A9A9 9AA",
                                   "NW10 7DU NW10 7DU"}) {
        BOOST_TEST(outward(text) == "(not_a_postcode)", text);
        BOOST_TEST(sector(text) == "(not_a_postcode)", text);
    }
}

BOOST_AUTO_TEST_CASE(pseudo_postcodes_are_a_reason_of_their_own) {
    for (const auto* const text : {"ZZ99 3VZ", "zz993wz", "ZZ99 3CZ"}) {
        BOOST_TEST(outward(text) == "(pseudo_postcode)");
        BOOST_TEST(sector(text) == "(pseudo_postcode)");
    }
    BOOST_TEST(outward("ZZ99") == "(pseudo_postcode)");
    BOOST_TEST(outward("ZE1 0AA") == "ZE1");
}

BOOST_AUTO_TEST_CASE(the_action_counts_by_reason) {
    const auto [values, quality] = apply_rule("{action: postcode, precision: sector}",
                                              {"LS1 4AP", "", " ", std::nullopt, "ZZ99 3VZ", "x", "EX39"});
    check_values(values, {"LS1 4", {}, {}, {}, {}, {}, {}});
    BOOST_TEST(quality.filled == 1U);
    BOOST_TEST(quality.empty == 3U);
    BOOST_TEST(quality.invalid.at("pseudo_postcode") == 1U);
    BOOST_TEST(quality.invalid.at("not_a_postcode") == 2U);
    BOOST_TEST(rows_of(quality) == 7U);
}

// Real postcodes (ONS and NRS, Open Government Licence): the first column is the postcode, the second its outward part,
// the third its sector, each in double quotes.
BOOST_AUTO_TEST_CASE(published_postcodes_are_reduced_as_their_publisher_does) {
    const char* const corpora = std::getenv("TRIBUTARY_CORPORA");
    if (corpora == nullptr) {
        BOOST_TEST_MESSAGE("skipped: TRIBUTARY_CORPORA does not name the folder of corpora");
        return;
    }
    for (const auto* const name : {"/postcodes/test__seed__SmallUser.csv", "/postcodes/test__seed__LargeUser.csv"}) {
        std::ifstream file(corpora + std::string(name), std::ios::binary);
        if (!file) {
            BOOST_TEST_MESSAGE("skipped: there is no " << name << " in the folder of corpora");
            continue;
        }
        std::string line;
        int count = 0;
        while (std::getline(file, line)) {
            std::string columns[3];
            std::size_t at = 0;
            for (std::string& column : columns) {
                const auto begin = line.find('"', at) + 1;
                const auto end = line.find('"', begin);
                BOOST_REQUIRE(end != std::string::npos);
                column = line.substr(begin, end - begin);
                at = end + 1;
            }
            // Where a boundary splits a postcode, National Records of Scotland adds a letter; that is no postcode.
            const bool split = columns[0].size() == columns[1].size() + 5;
            BOOST_TEST((outward(columns[0]) == (split ? "(not_a_postcode)" : columns[1])), "line " << count + 1);
            BOOST_TEST((sector(columns[0]) == (split ? "(not_a_postcode)" : columns[2])), "line " << count + 1);
            ++count;
        }
        BOOST_TEST(count > 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
