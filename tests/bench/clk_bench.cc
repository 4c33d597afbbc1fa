// Linkage encodings: how many records a second one thread encodes, and how well encodings find the pairs that belong
// together.
//
//     clk_bench PERSON_SCHEMA.json LINKAGE_FOLDER [CORPORA]
//
// LINKAGE_FOLDER holds the schemas of the corpora. The last line is the figure of PERSON_SCHEMA as it is.
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/clk_encoder.h"
#include "agent/platform/file.h"

using namespace tributary;

namespace {

using Record = std::vector<std::string>;

constexpr std::uint8_t secret[] = {'b', 'e', 'n', 'c', 'h'};

std::string read(const std::filesystem::path& file) {
    return read_file(system_files(), file, 1U << 26U);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// A name of letters as frequent as in English: more different pairs of letters than real names have.
std::string name(std::mt19937& random) {
    static constexpr std::string_view letters = "eeeeeeaaaaarrrriiiiooootttnnnsssllccuuddpphhmmgbfywkvxzjq";
    std::string text(4 + random() % 7, ' ');
    std::generate(text.begin(), text.end(), [&] { return letters[random() % letters.size()]; });
    return text;
}

std::string two(unsigned number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

/// First name, surname, date of birth, sex and postcode.
std::vector<Record> people(std::size_t count) {
    std::mt19937 random(7);
    const auto letter = [&] { return static_cast<char>('A' + random() % 26); };
    std::vector<Record> all;
    for (std::size_t i = 0; i < count; ++i) {
        const auto born = std::to_string(1920 + random() % 105) + "-" + two(1 + static_cast<unsigned>(random() % 12)) +
                          "-" + two(1 + static_cast<unsigned>(random() % 28));
        const std::string postcode = {
            letter(), letter(), static_cast<char>('1' + random() % 9), ' ', static_cast<char>('0' + random() % 10),
            letter(), letter()};
        all.push_back({name(random), name(random), born, random() % 2 == 0 ? "1" : "2", postcode});
    }
    return all;
}

double records_per_second(const std::string& json, const std::vector<Record>& records, bool keep_scratch) {
    const ClkEncoder encoder(LinkageSchema::parse(json, "schema"), secret);
    ClkEncoder::Scratch scratch(encoder);
    std::vector<std::string_view> values(encoder.inputs().size());
    std::size_t encoded = 0;
    std::uint8_t sum = 0;
    double best = 0;
    for (std::size_t round = 0; round < 3; ++round) {
        encoded = 0;
        const auto start = std::chrono::steady_clock::now();
        for (const auto& record : records) {
            std::copy(record.begin(), record.end(), values.begin());
            if (!keep_scratch && encoded % 4096 == 0) {  // as a batch would
                scratch = ClkEncoder::Scratch(encoder);
            }
            const auto encoding = encoder.encode(values, scratch);
            encoded += encoding.outcome == outcome::filled ? 1U : 0U;
            sum = static_cast<std::uint8_t>(sum + (encoding.bits.empty() ? 0 : encoding.bits[round]));
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(encoded) / seconds.count());
    }
    if (encoded != records.size() || sum == 0x5a) {  // the sum only keeps the work from being optimised away
        std::cerr << encoded << " of " << records.size() << " records were encoded\n";
    }
    return best;
}

double throughput(const std::string& person) {
    const auto records = people(200'000);
    const auto with_double_hash = replaced(person, R"("blakeHash")", R"("doubleHash")");
    struct Case {
        const char* what;
        const std::string* json;
        bool keep_scratch;
    };
    const Case cases[] = {{"blakeHash, the example as it is", &person, true},
                          {"blakeHash, a new scratch each 4,096 records", &person, false},
                          {"doubleHash", &with_double_hash, true},
                          {"doubleHash, a new scratch each 4,096 records", &with_double_hash, false}};
    std::cout << "Records a second, one thread: 5 features, 1,024 bits, 680 insertions\n";
    double first = 0;
    for (const auto& one : cases) {
        const double figure = records_per_second(*one.json, records, one.keep_scratch);
        first = first == 0 ? figure : first;
        std::cout << "  " << std::left << std::setw(48) << one.what << std::right << std::setw(10) << std::fixed
                  << std::setprecision(0) << figure << "\n";
    }
    return first;
}

/// A CSV without quotes, less white space around its values.
std::vector<Record> read_csv(const std::filesystem::path& file) {
    std::vector<Record> rows;
    Record row(1);
    for (const char character : read(file)) {
        if (character == '\n') {
            for (auto& value : row) {
                value = std::string(strip(value));
            }
            rows.push_back(std::move(row));
            row.assign(1, "");
        } else if (character == ',') {
            row.emplace_back();
        } else {
            row.back() += character;
        }
    }
    return rows;
}

using Bits = std::array<std::uint64_t, 16>;

struct Encoded {
    Bits bits{};
    int population = 0;
    std::string person;
};

int population(const Bits& bits) {
    int count = 0;
    for (const auto word : bits) {
        count += std::popcount(word);
    }
    return count;
}

double dice(const Encoded& a, const Encoded& b) {
    int common = 0;
    for (std::size_t i = 0; i < a.bits.size(); ++i) {
        common += std::popcount(a.bits[i] & b.bits[i]);
    }
    return 2.0 * common / (a.population + b.population);
}

struct Corpus {
    const char* name;
    const char* file;
    const char* schema;
    const char* id;  ///< the column that tells persons apart
};

/// "rec-12-dup-0" and "rec-12-org" are one person; a number stands for itself.
std::string person_of(const std::string& id) {
    const auto end = id.find('-', 4);
    return end == std::string::npos ? id : id.substr(0, end);
}

void quality(const Corpus& corpus, const std::filesystem::path& schemas, const std::filesystem::path& corpora) {
    const auto rows = read_csv(corpora / corpus.file);
    const ClkEncoder encoder(LinkageSchema::parse(read(schemas / corpus.schema), corpus.schema), secret);
    ClkEncoder::Scratch scratch(encoder);
    std::map<std::string, std::size_t> columns;
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
        columns[rows[0][i]] = i;
    }
    std::vector<Encoded> encoded;
    std::map<std::string, std::size_t> records_of;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        std::vector<std::string_view> values;
        for (const auto& input : encoder.inputs()) {
            values.emplace_back(rows[i][columns.at(input)]);
        }
        auto person = person_of(rows[i][columns.at(corpus.id)]);
        ++records_of[person];
        const auto encoding = encoder.encode(values, scratch);
        if (encoding.outcome == outcome::filled) {
            auto& one = encoded.emplace_back();
            std::memcpy(one.bits.data(), encoding.bits.data(), encoding.bits.size());
            one.population = population(one.bits);
            one.person = std::move(person);
        }
    }
    std::size_t pairs = 0;
    for (const auto& [person, records] : records_of) {
        pairs += records * (records - 1) / 2;
    }
    // Of the pairs at and above each hundredth of the threshold: right ones and wrong ones.
    std::array<std::array<std::size_t, 101>, 2> found{};
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const auto hundredths = static_cast<std::size_t>(dice(encoded[i], encoded[j]) * 100 + 1e-9);
            ++found[encoded[i].person == encoded[j].person ? 0 : 1][hundredths];
        }
    }
    std::cout << "\n"
              << corpus.name << ": " << rows.size() - 1 << " records, " << rows.size() - 1 - encoded.size()
              << " without an encoding, " << pairs << " pairs of one person\n"
              << "  Dice at least   precision   recall       F1\n";
    for (std::size_t threshold = 60; threshold <= 95; threshold += 5) {
        std::array<double, 2> sums{};
        for (std::size_t which = 0; which < 2; ++which) {
            for (std::size_t i = threshold; i <= 100; ++i) {
                sums[which] += static_cast<double>(found[which][i]);
            }
        }
        const double precision = sums[0] / std::max(1.0, sums[0] + sums[1]);
        const double recall = sums[0] / static_cast<double>(pairs);
        std::cout << std::fixed << std::setprecision(2) << std::setw(15) << static_cast<double>(threshold) / 100
                  << std::setprecision(4) << std::setw(12) << precision << std::setw(9) << recall << std::setw(9)
                  << 2 * precision * recall / std::max(1e-9, precision + recall) << "\n";
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) {
        std::cerr << "clk_bench PERSON_SCHEMA.json LINKAGE_FOLDER [CORPORA]\n";
        return 2;
    }
    const double figure = throughput(read(arguments[1]));
    if (count > 3) {
        static constexpr Corpus corpora[] = {
            {"FEBRL 1", "linkage_febrl/dataset1.csv", "febrl.json", "rec_id"},
            {"FEBRL 2", "linkage_febrl/dataset2.csv", "febrl.json", "rec_id"},
            {"FEBRL 3", "linkage_febrl/dataset3.csv", "febrl.json", "rec_id"},
            {"Splink fake_1000", "linkage_splink_fake1000/fake_1000.csv", "fake_1000.json", "cluster"}};
        for (const auto& corpus : corpora) {
            quality(corpus, arguments[2], arguments[3]);
        }
    }
    std::cout << "\nclk_records_per_second: " << std::setprecision(0) << figure << "\n";
    return 0;
}
