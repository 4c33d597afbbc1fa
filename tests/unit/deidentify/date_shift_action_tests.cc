#include "agent/deidentify/date_shift_action.h"

#include <boost/test/unit_test.hpp>

#include "agent/deidentify/date_cells.h"
#include "agent/record/civil_date.h"
#include "tests/unit/deidentify/policies.h"

using namespace tributary;
using namespace tributary::test;

namespace {

std::string rule(const std::string& more = "", const std::string& domain = "planning") {
    return "{action: date_shift, patient: nhs_number, type: nhs_number, key: region-2026, domain: " + domain + more +
           "}";
}

std::int64_t day(const std::string& text) {
    WrittenDate date;
    BOOST_REQUIRE(DateReader::iso().read(text, date));
    return day_of(date);
}

std::int64_t shift(const std::string& patient, const std::string& more, const std::string& domain = "planning") {
    const auto applied = apply_to_fields(rule(more, domain), {{"f", {"2026-11-22"}}, {"nhs_number", {patient}}});
    return day(applied.values.at(0).value()) - run_day;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(date_shift_action_tests)

// Python 3, key = bytes(range(32)), hkdf(ikm, info, n) by RFC 5869 with hmac, enc(b) = struct.pack('>I', len(b)) + b:
//   K = hkdf(key, b'tributary date shift v1' + b'planning', 32); step = 7 if keep else 1; count = window // step
//   n = int.from_bytes(hmac.new(K, enc(b'nhs_number') + enc(b'9434765919'), hashlib.sha256).digest()[:8], 'big')
//   s = n % (2 * count) - count; print(step * (s if s < 0 else s + 1))
BOOST_AUTO_TEST_CASE(the_shift_is_the_one_that_the_definition_gives) {
    BOOST_TEST(shift("9434765919", "") == 30);
    BOOST_TEST(shift("9000000009", "") == 143);
    BOOST_TEST(shift("943 476 5919", ", keep_weekday: true") == -161);
    BOOST_TEST(shift("9000000009", ", keep_weekday: true") == -98);
    BOOST_TEST(shift("9434765919", ", window: 7, keep_weekday: true") == 7);
    BOOST_TEST(shift("9000000009", ", window: 7, keep_weekday: true") == -7);
    BOOST_TEST(shift("9434765919", ", window: 3650") == 3638);
    BOOST_TEST(shift("9000000009", ", window: 3650") == -1890);
}

BOOST_AUTO_TEST_CASE(all_dates_of_one_person_move_alike_and_those_of_another_domain_do_not) {
    const auto applied = apply_to_fields(rule(), {{"f", {"2026-11-22", "2026-11-29T23:59", "1950-01-01"}},
                                                  {"nhs_number", {"9434765919", "943-476-5919", " 9434765919 "}}});
    check_values(applied.values, {"2026-12-22", "2026-12-29", "1950-01-31"});
    BOOST_TEST(shift("9434765919", "", "other") != shift("9434765919", ""));
}

BOOST_AUTO_TEST_CASE(no_shift_is_nought_or_beyond_the_window_and_whole_weeks_keep_the_weekday) {
    Texts dates;
    Texts patients;
    for (int i = 0; i < 20'000; ++i) {
        dates.emplace_back("2026-11-22");
        patients.emplace_back("patient " + std::to_string(i));
    }
    const std::string by_identifier =
        "{action: date_shift, patient: id, type: identifier, key: region-2026, domain: planning";
    std::map<std::int64_t, int> seen;
    for (const auto& value : apply_to_fields(by_identifier + ", window: 3}", {{"f", dates}, {"id", patients}}).values) {
        ++seen[day(value.value()) - run_day];
    }
    BOOST_TEST(seen.size() == 6U);
    for (const auto& [days, count] : seen) {
        BOOST_TEST(days != 0);
        BOOST_TEST(std::abs(days) <= 3);
        BOOST_TEST(std::abs(count - 20'000 / 6) < 300);  // more than five standard deviations
    }
    for (const auto& value :
         apply_to_fields(by_identifier + ", keep_weekday: true}", {{"f", dates}, {"id", patients}}).values) {
        const auto days = day(value.value()) - run_day;
        BOOST_TEST((days % 7 == 0 && days != 0 && std::abs(days) <= 182));
    }
}

BOOST_AUTO_TEST_CASE(a_date_without_a_person_or_a_person_without_a_date_is_counted) {
    const auto applied = apply_to_fields(
        rule(), {{"f", {"2026-11-22", "2026-11-22", "2026-11-22", "31/02/2020", "", std::nullopt}},
                 {"nhs_number", {"", std::nullopt, "9434765918", "9434765919", "9434765919", "9434765919"}}});
    check_values(applied.values, Texts(6));
    const std::map<std::string, std::uint64_t> invalid = {{"no_patient", 3}, {"not_a_date", 1}};
    BOOST_TEST((applied.quality.invalid == invalid));
    BOOST_TEST(applied.quality.empty == 2U);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_errors_with_their_place) {
    for (const std::string& text :
         {std::string("{action: date_shift, type: nhs_number, key: region-2026, domain: d}"),
          std::string("{action: date_shift, patient: n, key: region-2026, domain: d}"),
          std::string("{action: date_shift, patient: n, type: nhs_number, domain: d}"),
          std::string("{action: date_shift, patient: n, type: nhs_number, key: region-2026}"),
          std::string("{action: date_shift, patient: n, type: nhs_number, key: region-2025, domain: d}"),
          rule(", window: 0"), rule(", window: 3651"), rule(", window: 6, keep_weekday: true"),
          rule(", keep_weekday: perhaps"), rule(", precision: day")}) {
        const auto faults = faults_of(policy_of(text));
        BOOST_TEST(faults.find("policy.yaml:4:") != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
