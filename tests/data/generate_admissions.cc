// Makes an extract of hospital admissions as trusts have them: realistic in shape and in faults, about nobody.
//   generate_admissions [--rows N] [--people M] [--seed S] [--first SPELL] [--output FILE] [--identifiers FILE]
// Fifteen columns, about 160 bytes a row: spell_id (unique, counted from --first), nhs_number, local_id, name, dob,
// sex, postcode, admitted, discharged, specialty, diagnosis_1 to diagnosis_3 (ICD-10), ward, note. A person keeps
// number, name, birth date and postcode over all admissions. About one value in a hundred is wrong on purpose: check
// digits, empty, short and spaced NHS numbers, 31 February, sex unknown, postcodes that are none. Notes hold quotes,
// commas and line ends, and now and then the surname or the NHS number. --identifiers lists every NHS number as it may
// be written, every surname and every local id, a line each, for a search of places where none may be. The same options
// give the same bytes.
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Surnames are long and distinctive, so that finding one somewhere is no accident.
// Without those it takes before it ("O'", "Fitz"), each has eight letters at least.
constexpr std::array<std::string_view, 16> surname_heads = {"Thorne", "Ackroyd", "Hebble", "Swinbu", "Calder", "Oswald",
                                                            "Ribble", "Haworth", "Skelto", "Entwis", "Garsta", "Wolfen",
                                                            "Murgat", "Birken",  "Tatter", "Queens"};
constexpr std::array<std::string_view, 14> surname_tails = {"thwaite", "bottom", "shaw",  "wick", "royd",
                                                            "sworth",  "field",  "stall", "ling", "tonby",
                                                            "dale",    "érton",  "burne", "gill"};
constexpr std::array<std::string_view, 8> surname_prefixes = {"", "", "", "", "", "O'", "Fitz", "Mac"};
constexpr std::array<std::string_view, 12> forenames = {"Aisha", "Brian", "Chloe", "Dariusz", "Edith", "Farid",
                                                        "Grace", "Hamza", "Iris",  "Jorge",   "Zoë",   "Li"};
constexpr std::array<std::string_view, 10> postcode_areas = {"LS", "BD", "HX", "HD", "WF", "S", "M", "OL", "YO", "HG"};
constexpr std::array<std::string_view, 8> specialties = {"100", "110", "120", "300", "320", "430", "501", "502"};
constexpr std::array<std::string_view, 16> diagnoses = {"I21.9", "J18.9", "E11.9", "N39.0", "S72.0", "K35.8",
                                                        "I50.0", "J44.1", "C34.9", "F03",   "G40.9", "O80",
                                                        "A41.9", "I63.9", "K80.2", "R07.4"};
constexpr std::array<std::string_view, 10> wards = {"W01", "W02", "W07", "ICU", "AMU",
                                                    "SAU", "CDU", "MAT", "ENT", "DSU"};
constexpr std::array<std::string_view, 6> notes = {
    "Seen on ward round, to be reviewed tomorrow",     "Discharged home with carer",
    "Awaiting scan, bloods fine, eating and drinking", "Family \"\"informed\"\" by telephone",
    "Plan:\nfluids, analgesia, then review",           "Transferred from A&E, clerked by SHO"};

struct Options {
    std::uint64_t rows = 100'000;
    std::uint64_t people = 20'000;
    std::uint64_t seed = 1;
    std::uint64_t first = 1;
    std::string output = "admissions.csv";
    std::string identifiers;
};

struct Person {
    std::string nhs_number;
    std::string local_id;
    std::string forename;
    std::string surname;
    std::string dob;
    char sex = 'F';
    std::string postcode;
};

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    template <typename List>
    std::string_view of(const List& list) {
        return list[below(list.size())];
    }

  private:
    std::mt19937_64 engine_;
};

std::string padded(std::uint64_t number, std::size_t width) {
    auto text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string date(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
}

/// Nine random digits and their check digit (NHS Data Dictionary, modulus 11), from the ordinary range.
std::string nhs_number(Random& random) {
    while (true) {
        std::string digits = padded(400'000'000 + random.below(300'000'000), 9);
        unsigned sum = 0;
        for (std::size_t i = 0; i < 9; ++i) {
            sum += static_cast<unsigned>(digits[i] - '0') * static_cast<unsigned>(10 - i);
        }
        const unsigned check = (11 - sum % 11) % 11;
        if (check != 10) {
            return digits + static_cast<char>('0' + check);
        }
    }
}

Person person(Random& random, std::uint64_t index) {
    Person made;
    made.nhs_number = nhs_number(random);
    made.local_id = "RVW" + padded(index + 1, 7);
    made.forename = random.of(forenames);
    for (const auto part : {random.of(surname_prefixes), random.of(surname_heads), random.of(surname_tails)}) {
        made.surname += part;
    }
    made.dob = date(1925 + random.below(100), 1 + random.below(12), 1 + random.below(28));
    made.sex = random.one_in(2) ? 'M' : 'F';
    made.postcode = std::string(random.of(postcode_areas)) + std::to_string(1 + random.below(28)) + " " +
                    std::to_string(random.below(10)) + static_cast<char>('A' + random.below(26)) +
                    static_cast<char>('A' + random.below(26));
    return made;
}

std::string with_wrong_check_digit(const std::string& number) {
    return number.substr(0, 9) + static_cast<char>('0' + (number[9] - '0' + 1) % 10);
}

std::string with_spaces(const std::string& number) {
    return number.substr(0, 3) + " " + number.substr(3, 3) + " " + number.substr(6);
}

/// The number as it may stand in an extract: mostly right, sometimes with spaces, missing, or with a wrong check digit.
std::string written_nhs_number(const std::string& number, Random& random) {
    switch (random.below(100)) {
        case 0:
            return with_wrong_check_digit(number);
        case 1:
            return with_spaces(number);
        case 2:
            return random.one_in(2) ? "" : number.substr(0, 8);
        default:
            return number;
    }
}

std::string note(const Person& who, Random& random) {
    std::string text(random.of(notes));
    if (random.one_in(10)) {
        text += ", " + who.surname + " agrees";
    } else if (random.one_in(100)) {
        text += ", NHS no " + with_spaces(who.nhs_number);
    }
    return text;
}

void append_row(std::string& output, std::uint64_t row, const Person& who, Random& random) {
    const auto year = 2020 + random.below(6);
    const auto month = 1 + random.below(12);
    const auto day = 1 + random.below(25);
    output += "SP" + padded(row, 9) + ',' + written_nhs_number(who.nhs_number, random) + ',' + who.local_id + ',' +
              who.forename + ' ';
    output += who.surname + ',' + (random.one_in(200) ? "1980-02-31" : who.dob) + ',';
    output += random.one_in(300) ? "?" : std::string(1, who.sex);
    output += ',';
    output += random.one_in(100) ? "UNKNOWN" : random.one_in(100) ? "ZZ99 3VZ" : std::string_view(who.postcode);
    output += ',';
    output += date(year, month, day) + ',' + date(year, month, day + random.below(3)) + ',';
    output += random.of(specialties);
    output += ',';
    output += random.of(diagnoses);
    output += ',';
    for (const std::uint64_t missing : {3U, 2U}) {
        output += random.below(missing) != 0 ? std::string_view() : random.of(diagnoses);
        output += ',';
    }
    output += random.of(wards);
    output += ",\"" + note(who, random) + "\"\r\n";
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument("not a number: " + std::string(text));
    }
    return value;
}

Options read_options(const std::vector<std::string>& words) {
    Options options;
    if (words.size() % 2 != 0) {
        throw std::invalid_argument("each option takes a value");
    }
    for (std::size_t i = 0; i < words.size(); i += 2) {
        if (words[i] == "--rows") {
            options.rows = number(words[i + 1]);
        } else if (words[i] == "--people") {
            options.people = number(words[i + 1]);
        } else if (words[i] == "--seed") {
            options.seed = number(words[i + 1]);
        } else if (words[i] == "--first") {
            options.first = number(words[i + 1]);
        } else if (words[i] == "--output") {
            options.output = words[i + 1];
        } else if (words[i] == "--identifiers") {
            options.identifiers = words[i + 1];
        } else {
            throw std::invalid_argument("unknown option " + words[i]);
        }
    }
    if (options.people == 0) {
        throw std::invalid_argument("--people: there must be one at least");
    }
    return options;
}

void write_identifiers(const std::string& file, const std::vector<Person>& people) {
    std::set<std::string> all;
    for (const auto& who : people) {
        all.insert({who.nhs_number, with_spaces(who.nhs_number), with_wrong_check_digit(who.nhs_number), who.surname,
                    who.local_id});
    }
    std::ofstream output(file, std::ios::binary);
    for (const auto& identifier : all) {
        output << identifier << '\n';
    }
    if (!output.flush()) {
        throw std::runtime_error("cannot write " + file);
    }
}

void generate(const Options& options) {
    Random random(options.seed);
    std::vector<Person> people;
    for (std::uint64_t i = 0; i < options.people; ++i) {
        people.push_back(person(random, i));
    }
    if (!options.identifiers.empty()) {
        write_identifiers(options.identifiers, people);
    }
    std::ofstream output(options.output, std::ios::binary);
    std::string rows =
        "spell_id,nhs_number,local_id,name,dob,sex,postcode,admitted,discharged,specialty,diagnosis_1,diagnosis_2,"
        "diagnosis_3,ward,note\r\n";
    for (std::uint64_t row = 0; row < options.rows; ++row) {
        append_row(rows, options.first + row, people[random.below(people.size())], random);
        if (rows.size() > (1U << 20U)) {
            output << rows;
            rows.clear();
        }
    }
    output << rows;
    if (!output.flush()) {
        throw std::runtime_error("cannot write " + options.output);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        generate(read_options({argv + 1, argv + argc}));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "generate_admissions: " << error.what() << '\n';
        return 2;
    }
}
