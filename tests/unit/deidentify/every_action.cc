#include "tests/unit/deidentify/every_action.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "agent/deidentify/nhs_number.h"

namespace tributary::test {
namespace {

LinkageKey older_key() {
    std::array<std::uint8_t, LinkageKey::size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(255 - 3 * i);
    }
    return LinkageKey("region-2025", 0, bytes);
}

constexpr const char* clinical_policy = R"(policy: 1
stream: everything
date_formats: [yyyy-MM-dd, dd/MM/yyyy, "yyyy-MM-dd'T'HH:mm:ss"]
fields:
  id: keep
  nhs_number:
    - {action: pseudonym, type: nhs_number, key: [region-2026, region-2025], domain: planning, as: person}
    - {action: encrypt, key: region-2026, domain: planning, as: sealed_number}
    - {action: openpseudonymiser, inputs: {NHSNumber: nhs_number, DOB: dob}, salt: "file:salt.txt",
       accept_weak: true, as: digest}
  local_id: {action: pseudonym, type: identifier, key: region-2026, domain: planning}
  uprn: {action: pseudonym, type: uprn, key: region-2026, domain: planning}
  forename: {action: pseudonym, type: text, key: region-2026, domain: planning, as: forename_code}
  surname: drop
  dob:
    - {action: date, precision: year, as: birth_year}
    - {action: date, precision: quarter, as: birth_quarter}
    - {action: date, precision: month, as: birth_month}
    - {action: date, precision: week, as: birth_week}
    - {action: age, at: admitted, band: 5, top: 90, as: age_band}
    - {action: age, as: age_now}
  admitted:
    - {action: date, precision: day, as: admitted_day}
    - {action: date, precision: hour, as: admitted_hour}
    - {action: date_shift, patient: nhs_number, type: nhs_number, window: 182, keep_weekday: true, key: region-2026,
       domain: planning, as: admitted_moved}
  sex: {action: keep, allow: [M, F, "1", "2"]}
  ward: {action: keep, allow: {pattern: "[A-Z][0-9]{2}"}}
  postcode:
    - {action: postcode, precision: outward, as: outward}
    - {action: postcode, precision: sector, as: sector}
    - {action: postcode, precision: lookup, table: areas.csv, from: pcds, to: lsoa21, as: area}
  score:
    - {action: number, round: 0.25, as: score_rounded}
    - {action: number, bin: 10, bottom: 0, top: 100, as: score_bin}
  method:
    - {action: map, values: {"1": home, "2": transfer}, else: null, as: method_or_null}
    - {action: map, values: {"1": home}, else: other, as: method_or_other}
  diagnosis: {action: truncate, length: 3}
  note:
    - {action: keep}
    - {action: scrub, known: {surname: name, forename: name, dob: date, nhs_number: nhs_number, local_id: identifier,
       postcode: postcode}, accept_residual_risk: true, as: scrubbed_note}
)";

constexpr const char* linkage_policy = R"(policy: 1
stream: linkage
fields:
  surname:
    action: clk
    schema: person.json
    key: region-2026
    features: {first_name: forename, date_of_birth: dob}
    as: clk
)";

}  // namespace

std::uint64_t test_seed() {
    constexpr std::uint64_t usual = 20261122;
    const char* const given = std::getenv("TRIBUTARY_TEST_SEED");
    return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

EveryAction::EveryAction() {
    write_file_durably(system_files(), folder_ / "salt.txt", "a salt of the tests\n", Privacy::owner_only);
    folder_.write("areas.csv", "pcds,lsoa21\nLS1 4AP,E01033015\nM1 1AE,E01033664\n\"SW1A 1AA\",E01004736\n");
    const auto schema = std::filesystem::path(TRIBUTARY_CONFIG_FOLDER) / "linkage" / "person.json";
    folder_.write("person.json", read_file(system_files(), schema, 1U << 20U));
    keys_.add(known_key());
    keys_.add(older_key());
}

const std::string& EveryAction::clinical_text() {
    static const std::string text = clinical_policy;
    return text;
}

const std::string& EveryAction::linkage_text() {
    static const std::string text = linkage_policy;
    return text;
}

std::shared_ptr<const CompiledPolicy> EveryAction::compile(const std::string& text) const {
    Diagnostics diagnostics;
    auto policy =
        compile_policy(parse_yaml(text, (folder_ / "policy.yaml").string()), keys_, system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

const std::vector<std::string>& EveryAction::fields() {
    static const std::vector<std::string> names = {"id",     "nhs_number", "local_id", "uprn",    "forename", "surname",
                                                   "dob",    "admitted",   "sex",      "ward",    "postcode", "score",
                                                   "method", "diagnosis",  "note",     "unlisted"};
    return names;
}

std::shared_ptr<const Schema> EveryAction::source() {
    auto schema = std::make_shared<Schema>();
    for (const std::string& name : fields()) {
        schema->fields.push_back({name, ColumnType::utf8});
    }
    return schema;
}

Row right_row() {
    return {"R1", "9434765919", "RVW-17",  "10023038211", "ann", "smith", "1950-03-02", "2026-11-22T13:05:00",
            "2",  "A12",        "LS1 4AP", "12.3",        "1",   "I21.9", "seen well",  "unlisted text"};
}

std::vector<Row> generated_rows(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::vector<Row> choices = {
        {},
        {"9434765918", "943 476 5919", "1111111111", "", std::nullopt, std::string("\xEF\xBC\x99").append("434765919"),
         "94347659190"},
        {"RVW-1", " RVW-1 ", "", std::nullopt, "caf\xC3\xA9", "cafe\xCC\x81", "bad \xFF text"},
        {"100", "000100", "0", "x", "", std::nullopt, "1234567890123"},
        {"ann", "Ann", "zo\xC3\xAB", "", std::nullopt, "\xF0\x9F\x98\x80", "\xE2\x80\x8Fnoah"},
        {"smith", "o'neil", "", std::nullopt, "seen", "\xED\xA0\x80"},
        {"1950-03-02", "02/03/1950", "31/02/2020", "2020-02-29T23:59:59", "1/1/50", "", std::nullopt, "2030-01-01"},
        {"2026-11-22", "2026-11-22T13:05:00Z", "22/11/2026", "22/11/26", "", std::nullopt, "never"},
        {"M", "F", "1", "2", "m", "unknown", "", std::nullopt},
        {"A12", "B99", "A123", "a12", "", std::nullopt},
        {"LS1 4AP", "ls14ap", "SW1A 1AA", "SW1A OAA", "ZZ99 3VZ", "LS1", "", std::nullopt},
        {"12.3", "-4", "1e3", "nan", "1,000", "", std::nullopt, "999999999999999999999"},
        {"1", "2", "3", "", std::nullopt},
        {"I21.9", "J45", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", "", std::nullopt},
        {"seen well", "smith was seen", "ring 0113 496 0123", "a \"quote\"\n", "", std::nullopt, "RVW-1 came"},
        {"unlisted text", "", std::nullopt}};
    std::vector<Row> rows;
    for (std::size_t i = 0; i < count; ++i) {
        Row row = {"R" + std::to_string(i)};
        for (std::size_t field = 1; field < choices.size(); ++field) {
            row.push_back(choices[field][random() % choices[field].size()]);
        }
        if (random() % 2 == 0) {
            row[1] = nhs_number_of(random() % 50);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

RecordBatch batch_of(const std::shared_ptr<const Schema>& source, const std::vector<Row>& rows,
                     std::uint64_t first_row) {
    std::vector<Column> columns;
    for (std::size_t field = 0; field < source->fields.size(); ++field) {
        Texts values;
        values.reserve(rows.size());
        for (const Row& row : rows) {
            values.push_back(row.at(field));
        }
        columns.push_back(text_column(values));
    }
    return RecordBatch(source, std::move(columns), first_row, "rows.csv");
}

std::vector<std::string> results_of(const DeidentifiedBatch& batch) {
    std::vector<std::string> results(batch.rows());
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        const Column column = batch.column(i).as_text();
        for (std::size_t row = 0; row < results.size(); ++row) {
            results[row] += batch.schema().fields[i].name;
            results[row] += column.is_null(row) ? " is null\n" : "=" + std::string(column.text(row)) + "\n";
        }
    }
    for (const HeldRow& held : batch.held()) {
        results.at(held.row) += "held for " + std::string(held.reason) + " in " + std::to_string(held.column) + "\n";
    }
    return results;
}

std::string counts_of(const Quality& quality) {
    std::string text = std::to_string(quality.rows) + " rows";
    for (const FieldQuality& field : quality.fields) {
        text += "\n" + field.field + ": " + std::to_string(field.filled) + " filled, " + std::to_string(field.empty) +
                " empty";
        for (const auto& [reason, count] : field.invalid) {
            text += ", " + std::to_string(count) + " " + reason;
        }
    }
    return text;
}

std::string nhs_number_of(std::uint64_t index) {
    constexpr std::uint64_t beginning = 400'000'000;
    std::array<char, 10> digits{};
    for (std::uint64_t prefix = beginning + index * 11'003;; ++prefix) {
        for (char last = '0'; last <= '9'; ++last) {
            std::string number = std::to_string(prefix) + last;
            if (read_nhs_number(number, digits) == NhsNumberFault::none) {
                return number;
            }
        }
    }
}

}  // namespace tributary::test
