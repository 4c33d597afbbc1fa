// One person has one pseudonym wherever a domain reaches, and unrelated ones beyond it; and who is a person at all.
#include <boost/test/unit_test.hpp>

#include "agent/deidentify/nhs_number.h"
#include "tests/unit/deidentify/every_action.h"
#include "tests/unit/record/arrow_arrays.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr std::uint64_t people = 2000;

std::string pseudonym_rule(const std::string& domain, const std::string& type = "nhs_number") {
    return "{action: pseudonym, type: " + type + ", key: region-2026, domain: " + domain + "}";
}

Texts numbers_of_people() {
    Texts numbers;
    for (std::uint64_t i = 0; i < people; ++i) {
        numbers.emplace_back(nhs_number_of(i));
    }
    return numbers;
}

/// A number with spaces and hyphens anywhere, as many as chance wants.
std::string spaced(const std::string& number, std::mt19937_64& random) {
    std::string text;
    for (std::size_t i = 0; i <= number.size(); ++i) {
        while (random() % 3 == 0) {
            text += random() % 2 == 0 ? ' ' : '-';
        }
        text += i < number.size() ? number.substr(i, 1) : "";
    }
    return text;
}

/// The rule written another way: the sum of all running sums of the digits is the sum of the digits weighted 10 to 1,
/// and a right number's is a multiple of 11 (NHS Data Dictionary, NHS NUMBER). Ten equal digits are nobody's.
bool is_right(std::string_view text) {
    unsigned running = 0;
    unsigned sum = 0;
    for (const char digit : text) {
        running += static_cast<unsigned>(digit - '0');
        sum += running;
    }
    return sum % 11 == 0 && text.find_first_not_of(text.front()) != std::string_view::npos;
}

bool is_accepted(std::string_view text) {
    std::array<char, 10> digits{};
    return read_nhs_number(text, digits) == NhsNumberFault::none;
}

/// How many characters at equal places are equal; each is one of 32 (the last one, one of 8, is left out).
std::size_t equal_characters(const Texts& one, const Texts& other) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        for (std::size_t at = 0; at < 25; ++at) {
            equal += one[i]->at(at) == other[i]->at(at) ? 1U : 0U;
        }
    }
    return equal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identity_tests)

BOOST_AUTO_TEST_CASE(a_person_has_one_pseudonym_in_every_column_stream_site_and_run_of_a_domain) {
    const Texts numbers = numbers_of_people();
    const Texts expected = apply_rule(pseudonym_rule("planning"), numbers).values;
    // Another field, stream and name, beside other rules; another day; another object of the same key.
    const auto source = std::make_shared<const Schema>(Schema{{{"x", ColumnType::utf8}, {"mother", ColumnType::utf8}}});
    const auto policy = compiled("policy: 1\nstream: births\nunlisted: reject\nfields:\n  x: drop\n  mother:\n    - " +
                                 pseudonym_rule("audit") + "\n    - {action: pseudonym, as: other, " +
                                 pseudonym_rule("planning").substr(std::string("{action: pseudonym, ").size()) + "\n");
    Quality quality;
    const auto batch =
        Deidentifier(policy, source, run_day + 365)
            .apply(RecordBatch(source, {text_column(Texts(people, "x")), text_column(numbers)}, 77, "b"), quality);
    check_values(texts_of(batch.column(1)), expected);
    // Numbers as a database has them.
    std::vector<std::int64_t> digits;
    for (const auto& number : numbers) {
        digits.push_back(std::stoll(*number));
    }
    const auto array = int64_array(digits);
    check_values(apply_rule(pseudonym_rule("planning"), Column::import(array->array, ColumnType::int64, "f")).values,
                 expected);
    // In a rotation, beside the older key's.
    const EveryAction every;
    const auto rotated = Deidentifier(every.clinical(), EveryAction::source(), run_day);
    const auto person = rotated.output_schema()->index_of("person").value();
    for (std::uint64_t i = 0; i < people; i += 100) {
        Row row = right_row();
        row[1] = numbers[i];
        const auto result = rotated.apply(batch_of(EveryAction::source(), {row}), quality = {});
        BOOST_TEST(result.column(person).text(0) == *expected[i]);
        BOOST_TEST(result.column(person + 1).text(0) != *expected[i]);
    }
}

BOOST_AUTO_TEST_CASE(no_two_people_share_a_pseudonym_in_any_domain_or_across_them) {
    std::set<std::string> seen;
    std::size_t count = 0;
    for (const char* const domain : {"planning", "audit", "planning2", "Planning", "plannin"}) {
        for (const char* const type : {"nhs_number", "identifier", "text", "uprn"}) {
            Texts values = numbers_of_people();
            for (const auto& value : apply_rule(pseudonym_rule(domain, type), values).values) {
                seen.insert(value.value());
                ++count;
            }
        }
    }
    BOOST_TEST(seen.size() == count);
}

// 2,000 pseudonyms of 25 characters out of 32: by chance 1,562 at equal places are equal, give or take 39.
BOOST_AUTO_TEST_CASE(pseudonyms_of_one_person_in_two_domains_are_as_unlike_as_chance_makes_them) {
    const Texts numbers = numbers_of_people();
    const Texts one = apply_rule(pseudonym_rule("planning"), numbers).values;
    for (const auto& rule : {pseudonym_rule("planning2"), pseudonym_rule("planning", "identifier"),
                             pseudonym_rule("planning", "text"), pseudonym_rule("planning", "uprn")}) {
        const std::size_t equal = equal_characters(one, apply_rule(rule, numbers).values);
        BOOST_TEST((equal > 1360 && equal < 1760), rule << ": " << equal);
    }
    BOOST_TEST(equal_characters(one, one) == people * 25);
}

BOOST_AUTO_TEST_CASE(an_nhs_number_with_any_spacing_is_the_same_to_every_action_and_to_the_opt_outs) {
    const auto seed = test_seed();
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << seed);
    std::mt19937_64 random(seed);
    const EveryAction every;
    const std::vector<std::string> outputs = {"person", "digest", "admitted_moved"};
    const auto with_list =
        every.compile(EveryAction::clinical_text() + "opt_out: {field: nhs_number, lists: list.txt, max_age: 7d}\n");
    const Deidentifier deidentifier(every.clinical(), EveryAction::source(), run_day);
    for (std::uint64_t i = 0; i < 300; ++i) {
        const std::string number = nhs_number_of(i);
        Row plain = right_row();
        plain[1] = number;
        Row other = plain;
        other[1] = spaced(number, random);
        Quality quality;
        const auto batch = deidentifier.apply(batch_of(EveryAction::source(), {plain, other}), quality);
        for (const std::string& output : outputs) {
            const Column& column = batch.column(deidentifier.output_schema()->index_of(output).value());
            BOOST_REQUIRE(!column.is_null(0));
            BOOST_REQUIRE_EQUAL(column.text(0), column.text(1));
        }
        const auto list = std::make_shared<const OptOutList>(
            std::vector<std::uint32_t>{static_cast<std::uint32_t>(std::stoul(number.substr(0, 9)))});
        Quality kept;
        const auto left = Deidentifier(with_list, EveryAction::source(), run_day, list)
                              .apply(batch_of(EveryAction::source(), {plain, other, right_row()}), kept);
        BOOST_REQUIRE_EQUAL(left.rows(), 1U);
        BOOST_REQUIRE_EQUAL(kept.opted_out, 2U);
    }
}

// 91,133 was counted by a Python program with the rule as the Data Dictionary writes it (11 less the remainder).
BOOST_AUTO_TEST_CASE(of_all_ten_digit_strings_those_with_a_right_check_digit_are_accepted) {
    std::size_t accepted = 0;
    char text[11];
    for (std::uint64_t prefix = 0; prefix < 1'000'000'000; prefix += 9973) {
        for (std::uint64_t last = 0; last < 10; ++last) {
            std::uint64_t rest = prefix * 10 + last;
            for (std::size_t at = 10; at-- > 0; rest /= 10) {
                text[at] = static_cast<char>('0' + rest % 10);
            }
            const std::string_view number(text, 10);
            BOOST_REQUIRE_EQUAL(is_accepted(number), is_right(number));
            accepted += is_accepted(number) ? 1U : 0U;
        }
    }
    BOOST_TEST(accepted == 91'133U);
}

BOOST_AUTO_TEST_CASE(every_string_of_two_digits_and_every_four_places_of_a_number_are_judged_right) {
    std::size_t accepted = 0;
    for (char a = '0'; a <= '9'; ++a) {
        for (char b = static_cast<char>(a + 1); b <= '9'; ++b) {
            for (unsigned bits = 0; bits < 1024; ++bits) {
                std::string text(10, a);
                for (unsigned at = 0; at < 10; ++at) {
                    text[at] = (bits >> at & 1U) != 0 ? b : a;
                }
                BOOST_REQUIRE_EQUAL(is_accepted(text), is_right(text));
                accepted += is_accepted(text) ? 1U : 0U;
            }
        }
    }
    BOOST_TEST(accepted == 4140U);  // by the same Python program
    std::string text = "9434765919";
    for (std::size_t first = 0; first + 4 <= text.size(); ++first) {
        std::string varied = text;
        for (unsigned value = 0; value < 10'000; ++value) {
            varied.replace(first, 4, std::to_string(10'000 + value).substr(1));
            BOOST_REQUIRE_EQUAL(is_accepted(varied), is_right(varied));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
