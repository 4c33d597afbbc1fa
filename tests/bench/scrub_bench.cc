// Free text: what scrubbing finds of identifiers that were put into made-up clinical notes, what it takes out besides,
// and rows a second on one thread. The notes are random, but the same at each run.
//
//     scrub_bench
//
// The last lines are figures, as run.sh takes them.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/scrubber.h"

using namespace tributary;

namespace {

using Random = std::mt19937;

constexpr std::string_view forenames[] = {"Margaret",  "John",  "Siân",  "Mohammed",  "Anne-Marie", "William",
                                          "Grace",     "Zofia", "Rose",  "Oluwaseun", "Joy",        "Seán",
                                          "Elizabeth", "Kevin", "Priya", "Li"};
constexpr std::string_view surnames[] = {"Thornesworth", "Smith",     "O'Neil",  "Young",   "Featherstone-Hall", "Khan",
                                         "White",        "Ng",        "Ackroyd", "Łukasik", "van der Berg",      "Hope",
                                         "Wójcik",       "MacDonald", "Patel",   "Bell"};
constexpr std::string_view nicknames[] = {"Maggie", "Johnny", "Shan",  "Mo",    "Annie", "Bill", "Gracie", "Zosia",
                                          "Rosie",  "Seun",   "Joyce", "Shaun", "Betty", "Kev",  "Pri",    "Lily"};
constexpr std::string_view other_people[] = {"Dr Haverthwaite",   "daughter Philippa", "Mr Oldroyd",
                                             "Sister Ramsbottom", "Nurse Adeyemi",     "husband Derek"};
constexpr std::string_view streets[] = {"Thornhill Street", "Beckett Road", "Albion Terrace", "Moorside Avenue"};
constexpr std::string_view towns[] = {"Leeds", "Bradford", "Halifax", "Whitby"};
constexpr std::string_view phrases[] = {"was admitted with chest pain radiating to the left arm",
                                        "denies any shortness of breath on exertion",
                                        "BP 120/80, pulse 72, temp 37.2, sats 98% on air",
                                        "started on 75 mg aspirin and 5 mg bisoprolol once a day",
                                        "will be reviewed in 6 weeks",
                                        "lives alone and walks with a frame",
                                        "has a white cell count of 11.2 and a CRP of 5-10",
                                        "it may be helpful to march on with physiotherapy",
                                        "a young patient with hope of a full recovery",
                                        "wound on the left heel, grade 2, dressed daily",
                                        "no allergies known, ring the bell if in need",
                                        "order 4711 of 12 units was given over 4 h",
                                        "ECG shows sinus rhythm with no ST changes",
                                        "was discharged home with a package of care",
                                        "stage 3 CKD, eGFR 45, stable since last year",
                                        "seen on the ward round at 10.30"};

struct Person {
    std::string forename, surname, nickname, nhs_number, local_id, postcode, phone, address;
    WrittenDate born;
};

template <typename Choices>
std::string one_of(Random& random, const Choices& choices) {
    return std::string(choices[random() % std::size(choices)]);
}

std::string digits(Random& random, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text.push_back(static_cast<char>('0' + random() % 10));
    }
    return text;
}

std::string two(unsigned number) {
    return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

std::string nhs_number(Random& random) {
    for (;;) {
        const std::string text = "9" + digits(random, 8);
        unsigned sum = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            sum += (10U - static_cast<unsigned>(i)) * static_cast<unsigned>(text[i] - '0');
        }
        const unsigned check = (11 - sum % 11) % 11;
        if (check < 10) {
            return text + std::to_string(check);
        }
    }
}

Person person(Random& random) {
    Person made;
    const auto which = random() % std::size(forenames);
    made.forename = forenames[which];
    made.nickname = nicknames[which];
    made.surname = one_of(random, surnames);
    made.nhs_number = nhs_number(random);
    made.local_id = "RVW" + digits(random, 6);
    made.postcode = "LS" + std::to_string(1 + random() % 9) + " " + std::to_string(random() % 10) + "AP";
    made.phone = "07700 9" + digits(random, 5);
    made.address = std::to_string(1 + random() % 99) + " " + one_of(random, streets) + ", " + one_of(random, towns);
    made.born = {1930 + static_cast<int>(random() % 80), 1 + static_cast<unsigned>(random() % 12),
                 1 + static_cast<unsigned>(random() % 28), 0, false};
    return made;
}

std::string in_some_case(Random& random, std::string text) {
    const auto choice = random() % 4;
    for (char& c : text) {
        if (choice == 0 && c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        } else if (choice == 1 && c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return text;
}

std::string name_form(Random& random, const Person& who) {
    switch (random() % 6) {
        case 0:
            return in_some_case(random, who.forename + " " + who.surname);
        case 1:
            return "Mrs " + in_some_case(random, who.surname);
        case 2:
            return who.surname + "'s mother";
        case 3:
            return in_some_case(random, who.forename);
        case 4:
            return who.surname + ", " + who.forename;
        default:
            return who.forename + "\xE2\x80\x99s";
    }
}

std::string date_form(Random& random, const WrittenDate& date) {
    constexpr std::string_view months[] = {"January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December"};
    const std::string day = two(date.day);
    const std::string month = two(date.month);
    const std::string year = std::to_string(date.year);
    const std::string name(months[date.month - 1]);
    switch (random() % 8) {
        case 0:
            return day + "/" + month + "/" + year;
        case 1:
            return std::to_string(date.day) + "." + std::to_string(date.month) + "." + year.substr(2);
        case 2:
            return year + "-" + month + "-" + day;
        case 3:
            return std::to_string(date.day) + " " + name + " " + year;
        case 4:
            return std::to_string(date.day) + "th " + name.substr(0, 3) + " '" + year.substr(2);
        case 5:
            return name + " " + std::to_string(date.day) + ", " + year;
        case 6:
            return day + month + year;
        default:
            return day + "-" + name.substr(0, 3) + "-" + year;
    }
}

std::string spaced(Random& random, const std::string& number, std::array<std::size_t, 3> groups) {
    const std::string_view separator = random() % 3 == 0 ? "-" : random() % 2 == 0 ? " " : "";
    std::string text;
    std::size_t at = 0;
    for (const std::size_t size : groups) {
        text += (at == 0 ? "" : std::string(separator)) + number.substr(at, size);
        at += size;
    }
    return text;
}

/// A misspelt name: two letters in the middle change places.
std::string misspelt(std::string name) {
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        const bool plain = static_cast<signed char>(name[i]) > 0 && static_cast<signed char>(name[i + 1]) > 0;
        if (plain && name[i] != name[i + 1]) {
            std::swap(name[i], name[i + 1]);
            break;
        }
    }
    return name;
}

/// A note, and what was put into it: kind and the very words.
struct Note {
    std::string text;
    std::vector<std::pair<std::string, std::string>> truth;
    std::size_t words = 0;
};

Note note(Random& random, const Person& who) {
    Note made;
    const auto put = [&made](const std::string& kind, const std::string& words, const std::string& before,
                             const std::string& after) {
        made.text += before + words + after;
        made.truth.emplace_back(kind, words);
    };
    const auto phrase = [&] {
        const std::string words = one_of(random, phrases);
        made.text += words + ". ";
        made.words += 1 + static_cast<std::size_t>(std::count(words.begin(), words.end(), ' '));
    };
    put("name", name_form(random, who), "", " ");
    phrase();
    for (unsigned i = 0; i < 5; ++i) {
        switch (random() % 12) {
            case 0:
                put("NHS number", spaced(random, who.nhs_number, {3, 3, 4}), "NHS no. ", ". ");
                break;
            case 1:
                put("date", date_form(random, who.born), "Born ", ". ");
                break;
            case 2:
                put("postcode", in_some_case(random, who.postcode), "Home: ", ". ");
                break;
            case 3:
                put("phone", random() % 2 == 0 ? who.phone : "+44 " + who.phone.substr(1), "Ring ", ". ");
                break;
            case 4:
                put("address", in_some_case(random, who.address), "Lives at ", ". ");
                break;
            case 5:
                put("local number", random() % 2 == 0 ? who.local_id : "RVW " + who.local_id.substr(3), "Record ",
                    ". ");
                break;
            case 6:
                put("e-mail", "someone" + digits(random, 3) + "@example.org", "Write to ", ". ");
                break;
            case 7:
                put("name", name_form(random, who), "", " ");
                break;
            case 8:
                put("misspelt name (cannot be found)", misspelt(who.surname), "Spoke to ", ". ");
                break;
            case 9:
                put("nickname (cannot be found)", who.nickname, "Known as ", ". ");
                break;
            case 10:
                put("other people (cannot be found)", one_of(random, other_people), "Accompanied by ", ". ");
                break;
            default:
                break;
        }
        phrase();
    }
    return made;
}

void know(KnownIdentifiers& known, const Person& who) {
    known.clear();
    known.add(KnownKind::name, who.forename);
    known.add(KnownKind::name, who.surname);
    known.add_date(who.born);
    known.add(KnownKind::nhs_number, who.nhs_number);
    known.add(KnownKind::identifier, who.local_id);
    known.add(KnownKind::postcode, who.postcode);
    known.add(KnownKind::phone, who.phone);
    known.add(KnownKind::address, who.address);
    known.finish();
}

std::size_t placeholders(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '['));
}

struct Found {
    std::size_t put_in = 0;
    std::size_t taken_out = 0;
};

}  // namespace

int main() {
    constexpr std::size_t notes = 20'000;
    Random random(11);
    std::vector<Person> people;
    std::vector<Note> texts;
    for (std::size_t i = 0; i < notes; ++i) {
        people.push_back(person(random));
        texts.push_back(note(random, people.back()));
    }
    std::map<std::string, Found> found;
    std::size_t words = 0;
    std::size_t over = 0;
    Scrubber scrubber;
    std::string output;
    for (std::size_t i = 0; i < notes; ++i) {
        know(scrubber.known(), people[i]);
        output.clear();
        if (scrubber.scrub(texts[i].text, output) != Scrubber::Result::scrubbed) {
            std::cerr << "a note was refused\n";
            return 1;
        }
        for (const auto& [kind, text] : texts[i].truth) {
            ++found[kind].put_in;
            found[kind].taken_out += output.find(text) == std::string::npos ? 1U : 0U;
        }
        // The phrases alone hold no identifier of the record: what goes is too much.
        std::string plain;
        for (const std::string_view phrase : phrases) {
            plain.append(phrase).append(". ");
        }
        output.clear();
        scrubber.scrub(plain, output);
        over += placeholders(output);
        words += 1 + static_cast<std::size_t>(std::count(plain.begin(), plain.end(), ' '));
    }
    const auto begin = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < notes; ++i) {
        know(scrubber.known(), people[i]);
        output.clear();
        scrubber.scrub(texts[i].text, output);
        bytes += texts[i].text.size();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

    Found all;
    std::cout << std::fixed;
    for (const auto& [kind, counts] : found) {
        std::cout << "  " << std::left << std::setw(34) << kind << std::right << std::setw(7) << counts.put_in
                  << " put in, taken out " << std::setprecision(4)
                  << static_cast<double>(counts.taken_out) / static_cast<double>(counts.put_in) << "\n";
        if (kind.find("cannot") == std::string::npos) {
            all.put_in += counts.put_in;
            all.taken_out += counts.taken_out;
        }
    }
    std::cout << "  " << notes << " notes of " << bytes / notes << " bytes in " << std::setprecision(3) << seconds
              << " s, " << std::setprecision(1) << static_cast<double>(bytes) / seconds / 1e6 << " MB/s\n"
              << "scrub_recall: " << std::setprecision(4)
              << static_cast<double>(all.taken_out) / static_cast<double>(all.put_in) << "\n"
              << "scrub_over_per_1000_words: " << std::setprecision(2)
              << 1000.0 * static_cast<double>(over) / static_cast<double>(words) << "\n"
              << "scrub_rows_per_second: " << std::setprecision(0) << static_cast<double>(notes) / seconds << "\n";
    return 0;
}
