// No byte of a value that the policy drops, replaces or refuses is in what leaves: not in the outputs, not in the
// encoded rows, not in the chunk that its recipient opens, not in the manifest, whatever the policy's rules are.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/every_action.h"
#include "tests/unit/outbox/opened_chunk.h"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr std::size_t rows_of_a_policy = 60;
const TimePoint created = from_rfc3339("2026-11-22T08:30:00.000Z");

/// Rules after which nothing of a word in capitals may be left; NAME stands for the field's.
const std::vector<std::string> hiding_rules = {
    "drop",
    "{action: pseudonym, type: identifier, key: region-2026, domain: planning}",
    "{action: pseudonym, type: text, key: [region-2026, region-2025], domain: planning}",
    "{action: pseudonym, type: nhs_number, key: region-2026, domain: planning}",
    "{action: pseudonym, type: uprn, key: region-2026, domain: planning}",
    "{action: encrypt, key: region-2026, domain: planning}",
    "{action: openpseudonymiser, inputs: {A: surname, B: note}, salt: 'file:salt.txt', accept_weak: true}",
    "{action: keep, allow: [M, F]}",
    "{action: keep, allow: {pattern: '[a-z]+'}}",
    "{action: date, precision: day}",
    "{action: age, band: 5}",
    "{action: date_shift, patient: surname, type: text, key: region-2026, domain: planning}",
    "{action: postcode, precision: outward}",
    "{action: postcode, precision: lookup, table: areas.csv, from: pcds, to: lsoa21}",
    "{action: number, round: 1}",
    "{action: map, values: {'1': home}, else: null}",
    "{action: map, values: {'1': home}, else: other}",
    "[{action: date, precision: year, as: NAME_a}, {action: encrypt, key: region-2026, domain: other, as: NAME_b}]"};

/// A word that no code, date, table or name of the policy holds: capitals, among them some beyond base32 and hex.
std::string secret_word(std::mt19937_64& random) {
    std::string word = "Q";
    for (int i = 0; i < 11; ++i) {
        word += static_cast<char>('G' + random() % 20);
    }
    return word;
}

/// A policy of random rules for random fields; the others are not named. `id` leaves, and nothing else as it is.
std::string random_policy(std::mt19937_64& random) {
    std::string text = "policy: 1\nstream: everything\nfields:\n  id: keep\n";
    for (const std::string& field : EveryAction::fields()) {
        const auto choice = random() % (hiding_rules.size() + 3);
        if (field == "id" || choice >= hiding_rules.size()) {
            continue;
        }
        std::string rule = hiding_rules[choice];
        for (std::size_t at = rule.find("NAME"); at != std::string::npos; at = rule.find("NAME")) {
            rule.replace(at, 4, field);
        }
        text.append("  ").append(field).append(": ").append(rule).append("\n");
    }
    return text;
}

std::vector<Row> secret_rows(std::mt19937_64& random, std::vector<std::string>& secrets) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < rows_of_a_policy; ++i) {
        Row row = {"R" + std::to_string(i)};
        while (row.size() < EveryAction::fields().size()) {
            secrets.push_back(secret_word(random));
            row.emplace_back(secrets.back());
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// A chunk of the batch, as whoever it is sealed to reads it, and its manifest.
std::string leaving(RecordFormat format, const Deidentifier& deidentifier, const std::vector<Row>& rows,
                    std::uint64_t& rows_left, Quality& quality) {
    static const auto repository = testing::p256_identity("repository");
    const auto batch = deidentifier.apply(batch_of(deidentifier.source_schema(), rows), quality);
    ChunkBuilder builder(format, {repository.certificate, repository.certificate});
    builder.add(batch, quality);
    const auto chunk = builder.finish(deidentifier.policy(), "run", created);
    rows_left = chunk.manifest.rows;
    return testing::opened(chunk, repository) + manifest_text(chunk.manifest);
}

void check_none_in(const std::vector<std::string>& secrets, std::string_view text, const std::string& where) {
    for (const std::string& secret : secrets) {
        BOOST_REQUIRE_MESSAGE(text.find(secret) == std::string_view::npos, where);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dropped_value_tests)

BOOST_AUTO_TEST_CASE(whatever_the_policy_no_value_that_it_does_not_keep_is_in_what_leaves) {
    const auto seed = test_seed();
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << seed);
    std::mt19937_64 random(seed);
    const EveryAction every;
    for (int round = 0; round < 60; ++round) {
        const std::string text = random_policy(random);
        BOOST_TEST_INFO_SCOPE(text);
        std::vector<std::string> secrets;
        const auto rows = secret_rows(random, secrets);
        const Deidentifier deidentifier(every.compile(text), EveryAction::source(), run_day);
        for (const auto format : {RecordFormat::ndjson, RecordFormat::csv}) {
            Quality quality;
            std::uint64_t left = 0;
            const std::string bytes = leaving(format, deidentifier, rows, left, quality);
            BOOST_TEST(left == rows.size());
            check_none_in(secrets, bytes, "in a chunk of " + std::string(to_string(format)));
            BOOST_TEST(bytes.find("R59") != std::string::npos);  // what is kept is there: the rows were looked at
        }
        Quality quality;
        const auto batch = deidentifier.apply(batch_of(EveryAction::source(), rows), quality);
        for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
            const Column& column = batch.column(i);
            // The whole buffer, and not only what the offsets show.
            const auto size = static_cast<std::size_t>(column.text_offsets()[column.length()]);
            check_none_in(secrets, {column.text_data(), size}, "in the column " + batch.schema().fields[i].name);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_clinical_policys_chunk_holds_no_part_of_a_whole_identifier) {
    const EveryAction every;
    const Deidentifier deidentifier(every.clinical(), EveryAction::source(), run_day);
    const Row right = right_row();
    const std::vector<std::string> secrets = {"943476591", "RVW-17", "10023038211", "smith",    "1950-03-02",
                                              "4AP",       "I21.9",  "12.3",        "unlisted", "T13:05"};
    for (const auto format : {RecordFormat::ndjson, RecordFormat::csv}) {
        Quality quality;
        std::uint64_t left = 0;
        const std::string bytes = leaving(format, deidentifier, std::vector<Row>(20, right), left, quality);
        BOOST_TEST(left == 20U);
        check_none_in(secrets, bytes, std::string(to_string(format)));
    }
}

BOOST_AUTO_TEST_CASE(a_dropped_value_inside_a_text_that_is_kept_keeps_its_row_back_and_no_other) {
    const auto seed = test_seed();
    BOOST_TEST_INFO_SCOPE("TRIBUTARY_TEST_SEED=" << seed);
    std::mt19937_64 random(seed);
    const EveryAction every;
    const auto policy = every.compile(
        "policy: 1\nstream: everything\nfields:\n  id: keep\n  note: keep\n  surname: drop\n"
        "  local_id: {action: pseudonym, type: identifier, key: region-2026, domain: planning}\n"
        "  uprn: {action: encrypt, key: region-2026, domain: planning}\n");
    const Deidentifier deidentifier(policy, EveryAction::source(), run_day);
    std::vector<std::string> secrets;
    auto rows = secret_rows(random, secrets);
    std::uint64_t faulty = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        constexpr std::size_t note = 14;
        const bool leaks = i == 0 || i + 1 == rows.size() || random() % 3 == 0;  // the first and the last too
        const std::size_t field = 1 + random() % (note - 1);
        rows[i][note] = leaks ? "seen, " + *rows[i][field] + "; well" : "seen; well";
        faulty += leaks ? 1U : 0U;
    }
    for (const auto format : {RecordFormat::ndjson, RecordFormat::csv}) {
        Quality quality;
        std::uint64_t left = 0;
        const std::string bytes = leaving(format, deidentifier, rows, left, quality);
        check_none_in(secrets, bytes, std::string(to_string(format)));
        BOOST_TEST(left == rows.size() - faulty);
        BOOST_TEST(quality.withheld.at("known_value") == faulty);
    }
}

BOOST_AUTO_TEST_SUITE_END()
