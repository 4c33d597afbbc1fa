// What sources and people really write, through whole rules: each is counted for its reason, and nothing of it leaves
// where it could not be read.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "agent/platform/utf8.h"
#include "tests/unit/deidentify/every_action.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr const char* nhs_rule = "{action: pseudonym, type: nhs_number, key: region-2026, domain: planning}";
constexpr const char* name_rule = "{action: pseudonym, type: identifier, key: region-2026, domain: planning}";
constexpr const char* day_first = "date_formats: [dd/MM/yyyy, \"dd/MM/yyyy HH:mm\"]\n";

/// Literals that one literal cannot hold, since what follows an escape would be read as its digits.
std::string joined(std::initializer_list<const char*> parts) {
    std::string text;
    for (const char* const part : parts) {
        text += part;
    }
    return text;
}

/// Each value has the outcome alone, with the others it is counted; none has an output.
void check_refused(const std::string& rule, const Texts& values, const std::string& reason,
                   const std::string& head = "") {
    const auto [results, quality] = apply_rule(rule, values, head);
    for (std::size_t i = 0; i < values.size(); ++i) {
        BOOST_TEST(!results[i].has_value(), "value " << i << " of " << reason);
    }
    BOOST_TEST(quality.filled == 0U);
    BOOST_TEST(quality.empty == 0U);
    BOOST_REQUIRE_EQUAL(quality.invalid.size(), 1U);
    BOOST_TEST(quality.invalid.at(reason) == values.size());
}

const std::string full_width_number =
    "\xEF\xBC\x99\xEF\xBC\x94\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x97\xEF\xBC\x96\xEF\xBC\x95\xEF\xBC\x99\xEF\xBC\x91"
    "\xEF\xBC\x99";

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input_tests)

BOOST_AUTO_TEST_CASE(a_day_that_the_calendar_has_not_is_no_date_to_any_date_action) {
    const Texts values = {"31/02/2020", "29/02/2021", "00/01/2020", "01/13/2020", "31/02/2020 10:00"};
    for (const char* const rule : {"{action: date, precision: year}", "{action: date, precision: week}",
                                   "{action: age}", "{action: age, band: 5, top: 90}"}) {
        check_refused(rule, values, "not_a_date", day_first);
    }
    const auto shifted =
        apply_to_fields("{action: date_shift, patient: p, type: text, key: region-2026, domain: planning}",
                        {{"f", values}, {"p", Texts(values.size(), "ann")}}, day_first);
    BOOST_TEST(shifted.quality.invalid.at("not_a_date") == values.size());
}

BOOST_AUTO_TEST_CASE(a_year_of_two_digits_is_not_guessed_at) {
    const Texts values = {"22/11/26", "1/1/50", "22/11/026", "26-11-22", "22/11/'26"};
    for (const char* const rule :
         {"{action: date, precision: year}", "{action: date, precision: day}", "{action: age}"}) {
        check_refused(rule, values, "not_a_date", day_first);
        check_refused(rule, values, "not_a_date");
    }
    BOOST_TEST(faults_of(policy_of("{action: date, precision: year}", "date_formats: [dd/MM/yy]\n"))
                   .find("policy.yaml:3:16: error:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_time_with_a_zone_keeps_the_day_and_hour_that_were_written) {
    const Texts values = {
        "2026-03-29T00:30:00Z",         "2026-03-29T00:30:00+01:00",         "2026-03-29T00:30:00-11:00",
        "2026-03-29T00:30:00.999+0100", "2026-03-29T00:30:00 Europe/London", "2026-03-29T00:30:00+25:00"};
    check_values(apply_rule("{action: date, precision: hour}", values).values,
                 {"2026-03-29T00", "2026-03-29T00", "2026-03-29T00", "2026-03-29T00", {}, {}});
}

BOOST_AUTO_TEST_CASE(a_letter_o_for_a_nought_or_a_nought_for_an_o_is_no_postcode) {
    const Texts values = {"SW1A OAA", "LS1 OAP", "M1 O1E", "S01 4AP", "s014ap", "0X1 1AA", "E01 6AN", "LS09 9JT"};
    for (const char* const precision : {"outward", "sector"}) {
        check_refused(std::string("{action: postcode, precision: ") + precision + "}", values, "not_a_postcode");
    }
    // Districts with a nought of their own.
    check_values(apply_rule("{action: postcode, precision: outward}", {"BS0 1AA", "SL0 9AA", "E10 5AA"}).values,
                 {"BS0", "SL0", "E10"});
}

BOOST_AUTO_TEST_CASE(odd_spacing_in_a_postcode_is_read_or_refused_but_never_misread) {
    check_values(apply_rule("{action: postcode, precision: sector}",
                            {"LS14AP", " LS1 4AP ", "L S 1 4 A P", "LS1   4AP\r\n", "ls14 ap"})
                     .values,
                 Texts(5, "LS1 4"));
    check_refused(
        "{action: postcode, precision: sector}",
        {joined({"LS1\xC2\xA0", "4AP"}), "LS1\t4AP", "LS1-4AP", "LS1.4AP", joined({"\xEF\xBC\xAC", "S1 4AP"})},
        "not_a_postcode");
}

BOOST_AUTO_TEST_CASE(what_is_no_nhs_number_is_counted_for_its_reason_and_has_no_pseudonym) {
    check_refused(nhs_rule,
                  {"943476591A", "A434765919", full_width_number, "943476591", "12345678", "9434765919.0",
                   "9.434765919E9", "94347659199", "943 476 5919 / 943 476 5870"},
                  "not_ten_digits");
    check_refused(nhs_rule, {"9434765918", "943 476 5910", "0123456788"}, "check_digit");
    check_refused(nhs_rule, {"0000000000", "1111111111", "999 999 9999", "5555555555"}, "equal_digits");
}

// 010 101 0109 is a right number; Excel shows it as 101010109, and a column of numbers holds no more.
BOOST_AUTO_TEST_CASE(a_leading_zero_lost_by_excel_is_not_put_back) {
    BOOST_TEST(apply_rule(nhs_rule, {"0101010109"}).quality.filled == 1U);
    check_refused(nhs_rule, {"101010109"}, "not_ten_digits");
    const auto array = int64_array({101010109});
    const auto applied = apply_rule(nhs_rule, Column::import(array->array, ColumnType::int64, "f"));
    BOOST_TEST(applied.quality.invalid.at("not_ten_digits") == 1U);
}

BOOST_AUTO_TEST_CASE(names_of_any_writing_have_a_pseudonym_of_their_own) {
    const std::string family = "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";
    const Texts names = {"ann",
                         "\xF0\x9F\x98\x80",
                         family,
                         "\xE2\x80\x8F\xD7\x93\xD7\x9F\xE2\x80\x8E",
                         joined({"\xE2\x80\xAE", "nna"}),
                         std::string(10'000, 'a'),
                         std::string(10'001, 'a'),
                         "a" + std::string(2, '\0'),
                         "\xC3\x85sa"};
    const auto [values, quality] = apply_rule(name_rule, names);
    BOOST_TEST(quality.filled == names.size());
    std::set<std::string> seen;
    for (const auto& value : values) {
        seen.insert(value.value());
    }
    BOOST_TEST(seen.size() == names.size());
    // Combining accents: U+00C5 is A and U+030A.
    BOOST_TEST(apply_rule(name_rule, {"A\xCC\x8Asa"}).values[0].value() == values.back().value());
}

BOOST_AUTO_TEST_CASE(ten_thousand_letters_in_every_field_are_taken_in_bounded_time) {
    const EveryAction every;
    const auto begin = std::chrono::steady_clock::now();
    for (const std::string& letter :
         {std::string("a"), std::string("\xCC\x81"), std::string("\xF0\x9F\x98\x80"), std::string("9"),
          std::string(" "), std::string("\xE2\x80\x8F"), std::string("\xFF"), std::string("\"")}) {
        std::string value;
        while (value.size() < 10'000 * letter.size()) {
            value += letter;
        }
        const std::vector<Row> rows(5, Row(EveryAction::fields().size(), value));
        for (const auto& policy : {every.clinical(), every.linkage()}) {
            Quality quality;
            const auto batch = Deidentifier(policy, EveryAction::source(), run_day)
                                   .apply(batch_of(EveryAction::source(), rows), quality);
            BOOST_TEST(batch.rows() == rows.size());
            for (const FieldQuality& field : quality.fields) {
                BOOST_TEST(rows_of(field) == rows.size(), field.field);
            }
        }
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(30)));
}

BOOST_AUTO_TEST_CASE(a_listed_person_stays_whatever_stands_around_or_between_the_digits) {
    const auto list = std::make_shared<const OptOutList>(std::vector<std::uint32_t>{12345678, 943476591});
    const auto policy =
        compiled("policy: 1\nstream: s\nopt_out: {field: n, lists: list.txt, max_age: 7d}\nfields: {id: keep}\n");
    const auto source = std::make_shared<const Schema>(Schema{{{"id", ColumnType::utf8}, {"n", ColumnType::utf8}}});
    const Deidentifier deidentifier(policy, source, run_day, list);
    const Texts writings = {"943 476 5919",
                            "9434765919\t",
                            "\r\n9434765919",
                            joined({"943\xC2\xA0", "476\xC2\xA0", "5919"}),
                            joined({"943\xE2\x80\x91", "476\xE2\x80\x91", "5919"}),
                            "943.476.5919",
                            "943/476/5919",
                            "NHS 943 476 5919",
                            "'9434765919'",
                            full_width_number,
                            joined({"\xE2\x80\x8F", "9434765919"}),
                            "9434765919\xFF",
                            "9434765919.0",
                            "94347659190",
                            "19434765919",
                            "401 023 2137; 943 476 5919",
                            "9434765870/9434765919",
                            "0123456789",
                            "123456789",
                            "123456789.0"};
    for (std::size_t i = 0; i < writings.size(); ++i) {
        Quality quality;
        const auto batch =
            deidentifier.apply(RecordBatch(source, {text_column({"a"}), text_column({writings[i]})}, 1, ""), quality);
        BOOST_TEST(batch.rows() == 0U, "writing " << i);
        BOOST_TEST(quality.opted_out == 1U, "writing " << i);
    }
    const Texts others = {"9434765870", "943476591", "943476591 or 2", "12345678", "", std::nullopt};
    Quality quality;
    BOOST_TEST(
        deidentifier
            .apply(RecordBatch(source, {text_column(Texts(others.size(), "a")), text_column(others)}, 1, ""), quality)
            .rows() == others.size());
}

BOOST_AUTO_TEST_CASE(a_pattern_that_explodes_lets_no_value_pass_and_does_not_hold_up_the_stream) {
    const std::string hostile = std::string(5000, 'a') + "!";
    for (const char* const pattern : {"(a+)+", "(a|aa)+", "((a*)*)*b", "(.*)*(.*)*(.*)*x", "(?:a?){1000}a{1000}"}) {
        const std::string rule = std::string("{action: keep, allow: {pattern: \"") + pattern + "\"}}";
        const auto begin = std::chrono::steady_clock::now();
        check_refused(rule, Texts(200, hostile), "not_allowed");
        BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)), pattern);
    }
    // One whose compiled form would not fit is an error at its place.
    const auto faults = faults_of(policy_of("{action: keep, allow: {pattern: \"((a{1000}){1000}){1000}\"}}"));
    BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, faults);
    BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, faults);
}

BOOST_AUTO_TEST_SUITE_END()
