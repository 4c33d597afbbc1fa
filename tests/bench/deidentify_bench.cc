// What de-identification costs on one thread: each action over a column of made-up values, the egress guard over
// encoded rows, and the guard's share of the main path.

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "agent/deidentify/deidentifier.h"
#include "agent/deidentify/egress_guard.h"
#include "agent/deidentify/known_values.h"
#include "agent/deidentify/nhs_number.h"
#include "agent/outbox/encoder.h"
#include "agent/record/text_builder.h"

namespace tributary {
namespace {

constexpr std::size_t batch_rows = 4096;

Column column_of(const std::function<std::string(std::mt19937&)>& value) {
    std::mt19937 random(7);
    TextBuilder builder(batch_rows, 0);
    for (std::size_t i = 0; i < batch_rows; ++i) {
        builder.append(value(random));
    }
    return builder.finish();
}

std::string nhs_number(std::mt19937& random) {
    for (;;) {
        std::string digits;
        unsigned sum = 0;
        for (unsigned i = 0; i < 9; ++i) {
            const unsigned digit = i == 0 ? 4 + random() % 4 : random() % 10;
            digits += static_cast<char>('0' + digit);
            sum += (10 - i) * digit;
        }
        if (const unsigned check = (11 - sum % 11) % 11; check < 10) {
            return digits + static_cast<char>('0' + check);
        }
    }
}

std::string date(std::mt19937& random) {
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const auto year = 1930 + random() % 90;
    const auto month = 1 + random() % 12;
    return std::to_string(year) + "-" + two(static_cast<unsigned>(month)) + "-" +
           two(1 + static_cast<unsigned>(random() % 28));
}

std::string word(std::mt19937& random, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += static_cast<char>('a' + random() % 26);
    }
    return text;
}

/// Seconds that a call takes, of several for at least half a second, at best.
double seconds_of(const std::function<void()>& call) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    const auto until = Clock::now() + std::chrono::milliseconds(500);
    while (Clock::now() < until) {
        const auto begin = Clock::now();
        call();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
    return best;
}

LinkageKeys bench_keys() {
    LinkageKeys keys;
    keys.add(LinkageKey::create("k", 1));
    return keys;
}

std::shared_ptr<const CompiledPolicy> compile(const std::string& fields) {
    static const LinkageKeys keys = bench_keys();
    Diagnostics diagnostics;
    auto policy = compile_policy(parse_yaml("policy: 1\nstream: bench\nfields:\n" + fields, "bench.yaml"), keys,
                                 system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

/// Rows a second of a policy over columns.
double rate(const std::string& fields, const std::vector<std::pair<std::string, Column>>& columns) {
    auto schema = std::make_shared<Schema>();
    std::vector<Column> values;
    for (const auto& [name, column] : columns) {
        schema->fields.push_back({name, ColumnType::utf8});
        values.push_back(column);
    }
    const Deidentifier deidentifier(compile(fields), schema, 20'779);
    Quality quality;
    return static_cast<double>(batch_rows) /
           seconds_of([&] { deidentifier.apply(RecordBatch(schema, values, 1, ""), quality); });
}

struct Rules {
    const char* name;
    const char* rule;
    const char* field;
};

double print_actions(const std::vector<std::pair<std::string, Column>>& columns) {
    const Rules rules[] = {
        {"keep", "keep", "sex"},
        {"keep, allow list", "{action: keep, allow: [M, F]}", "sex"},
        {"keep, allow pattern", "{action: keep, allow: {pattern: '[MF]'}}", "sex"},
        {"pseudonym, nhs_number", "{action: pseudonym, type: nhs_number, key: k, domain: d}", "nhs_number"},
        {"pseudonym, identifier", "{action: pseudonym, type: identifier, key: k, domain: d}", "nhs_number"},
        {"encrypt", "{action: encrypt, key: k, domain: d}", "nhs_number"},
        {"date, precision month", "{action: date, precision: month}", "dob"},
        {"date_shift", "{action: date_shift, patient: nhs_number, type: nhs_number, key: k, domain: d}", "dob"},
        {"age, band 5", "{action: age, at: admitted, band: 5, top: 90}", "dob"},
        {"postcode, outward", "{action: postcode, precision: outward}", "postcode"},
        {"number, round", "{action: number, round: 10}", "weight"},
        {"map", "{action: map, values: {M: male, F: female}}", "sex"},
        {"scrub",
         "{action: scrub, known: {surname: name, forename: name, dob: date, nhs_number: nhs_number}, "
         "accept_residual_risk: true}",
         "note"},
        {"truncate", "{action: truncate, length: 3}", "note"},
    };
    double pseudonyms = 0;
    std::cout << "Each action on one thread, one column\n";
    for (const Rules& rule : rules) {
        const double rows = rate(std::string("  ") + rule.field + ": " + rule.rule + "\n", columns);
        std::cout << "  " << std::left << std::setw(24) << rule.name << std::right << std::fixed << std::setprecision(2)
                  << std::setw(10) << rows / 1e6 << " M rows/s\n";
        if (rule.name == std::string("pseudonym, nhs_number")) {
            pseudonyms = rows;
        }
    }
    return pseudonyms;
}

/// Seconds that the search of a batch for five values a row takes that must not leave.
double known_values_seconds(const DeidentifiedBatch& batch, const Schema& source, const std::vector<Column>& values) {
    std::vector<std::size_t> secrets;
    for (const char* const name : {"nhs_number", "surname", "forename", "dob", "postcode"}) {
        secrets.push_back(source.index_of(name).value());
    }
    std::vector<std::size_t> outputs;
    std::vector<Column> leaving;
    for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
        leaving.push_back(batch.column(i));
        if (batch.is_guarded(i)) {
            outputs.push_back(i);
        }
    }
    const KnownValues known(secrets, outputs);
    const RecordBatch records(std::make_shared<const Schema>(source), values, 1, "");
    std::vector<HeldRow> held;
    return seconds_of([&] {
        held.clear();
        known.check(records, leaving, held);
    });
}

struct GuardRates {
    double patterns = 0;     ///< bytes a second
    double with_values = 0;  ///< the same, and the values that the policy keeps back
};

/// The guard over the encoded rows of a kind of text.
GuardRates guard_rate(const std::string& what, const std::vector<std::pair<std::string, Column>>& columns,
                      const std::string& fields) {
    auto schema = std::make_shared<Schema>();
    std::vector<Column> values;
    for (const auto& [name, column] : columns) {
        schema->fields.push_back({name, ColumnType::utf8});
        values.push_back(column);
    }
    const Deidentifier deidentifier(compile(fields), schema, 20'779);
    Quality quality;
    const auto batch = deidentifier.apply(RecordBatch(schema, values, 1, ""), quality);
    const auto encoder = Encoder::create(RecordFormat::ndjson);
    std::string bytes;
    std::vector<std::size_t> row_ends;
    encoder->encode(batch, [&](const EncodedPiece& piece) {
        for (const std::size_t end : piece.row_ends) {
            row_ends.push_back(bytes.size() + end);
        }
        bytes += piece.bytes;
    });
    EgressGuard guard;
    std::vector<HeldRow> held;
    const double seconds = seconds_of([&] {
        held.clear();
        guard.check(bytes, row_ends, batch, 0, held);
    });
    const double values_seconds = known_values_seconds(batch, *schema, values);
    const auto size = static_cast<double>(bytes.size());
    const GuardRates rates{size / seconds, size / (seconds + values_seconds)};
    std::cout << "  " << std::left << std::setw(24) << what << std::right << std::setw(10) << rates.patterns / 1e6
              << " MB/s, with known values " << rates.with_values / 1e6 << " MB/s, " << held.size() << " of "
              << batch_rows << " rows held\n";
    return rates;
}

/// Seconds that a list of `count` NHS numbers takes to load.
double opt_out_seconds(std::size_t count, const std::filesystem::path& file) {
    std::string text;
    std::array<char, 10> digits{};
    std::size_t made = 0;
    for (std::uint64_t payload = 400'000'000; made < count; payload += 53) {
        for (char check = '0'; check <= '9'; ++check) {
            const std::string number = std::to_string(payload) + check;
            if (read_nhs_number(number, digits) == NhsNumberFault::none) {
                text.append(number).append(",\n");
                ++made;
            }
        }
    }
    std::ofstream(file, std::ios::binary) << text;
    text = {};
    OptOutLists lists({"nhs_number", {file}, std::chrono::hours(24), false}, system_files(), system_clock());
    const auto begin = std::chrono::steady_clock::now();
    const auto list = lists.current();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::cout << "An opt-out list of " << list->size() << " people loads in " << std::setprecision(2) << seconds
              << " s\n";
    std::filesystem::remove(file);
    return seconds;
}

int run() {
    const std::vector<std::pair<std::string, Column>> columns = {
        {"spell_id", column_of([](auto& random) { return "S" + std::to_string(1'000'000 + random() % 8'999'999); })},
        {"nhs_number", column_of(nhs_number)},
        {"surname", column_of([](auto& random) { return word(random, 5 + random() % 6); })},
        {"forename", column_of([](auto& random) { return word(random, 4 + random() % 5); })},
        {"dob", column_of(date)},
        {"admitted", column_of([](auto&) { return std::string("2026-11-20 13:05"); })},
        {"sex", column_of([](auto& random) { return std::string(random() % 2 == 0 ? "M" : "F"); })},
        {"postcode", column_of([](auto& random) { return "LS" + std::to_string(1 + random() % 28) + " 4AP"; })},
        {"weight", column_of([](auto& random) {
             return std::to_string(40 + random() % 60) + "." + std::to_string(random() % 10);
         })},
        {"note", column_of([](auto& random) {
             std::string text;
             for (int i = 0; i < 20; ++i) {
                 text += word(random, 2 + random() % 8) + (i % 7 == 6 ? ", " : " ");
             }
             return text + "on 2026-11-22 at 13:05.";
         })},
    };
    const double pseudonyms = print_actions(columns);
    std::cout << "The egress guard's patterns on one thread, over encoded rows\n";
    const GuardRates codes =
        guard_rate("rows of codes", columns,
                   "  spell_id: keep\n  nhs_number: {action: pseudonym, type: nhs_number, key: k, domain: d}\n"
                   "  dob: {action: date, precision: day}\n  sex: keep\n  admitted: keep\n");
    const GuardRates notes = guard_rate("rows with free text", columns, "  spell_id: keep\n  note: keep\n");
    const double opt_outs =
        opt_out_seconds(6'000'000, std::filesystem::temp_directory_path() / "tributary-bench-opt-outs");
    std::cout << "\nopt_out_load_seconds: " << opt_outs;
    std::cout << std::setprecision(0) << "\npseudonyms_per_second: " << pseudonyms
              << "\nguard_bytes_per_second: " << std::min(codes.patterns, notes.patterns)
              << "\nguard_known_values_bytes_per_second: " << std::min(codes.with_values, notes.with_values) << "\n";
    return 0;
}

}  // namespace
}  // namespace tributary

int main() {
    try {
        return tributary::run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
