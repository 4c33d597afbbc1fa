#include "agent/deidentify/known_identifiers.h"

#include <algorithm>
#include <cstdio>

namespace tributary {
namespace {

constexpr std::size_t shortest_part = 3;  // letters
constexpr std::size_t shortest_code = 4;
constexpr std::size_t longest_code = 64;
constexpr std::size_t most_address_words = 32;

/// Words of any address, and of any sentence.
constexpr std::string_view no_address[] = {
    "and",     "apartment", "avenue",  "building", "bungalow", "care",  "close",   "cottage", "court",   "crescent",
    "drive",   "east",      "england", "farm",     "flat",     "floor", "gardens", "green",   "grove",   "hall",
    "high",    "hill",      "home",    "house",    "lane",     "lodge", "main",    "mews",    "new",     "north",
    "nursing", "old",       "park",    "place",    "rise",     "road",  "row",     "south",   "square",  "station",
    "street",  "terrace",   "the",     "united",   "kingdom",  "upper", "lower",   "view",    "village", "walk",
    "way",     "west",      "wood",    "yard",     "unit",     "ward",  "room",    "number",  "first",   "church",
    "city",    "county",    "town",    "for",      "with"};

std::size_t letters_in(std::string_view word) noexcept {
    // Bytes that continue a character (10xxxxxx) begin none.
    return static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

/// What may stand within a name, or within a number, that is written in parts.
bool joins(std::string_view gap, std::string_view marks) noexcept {
    return gap.size() <= 2 &&
           std::all_of(gap.begin(), gap.end(), [&](char c) { return marks.find(c) != std::string_view::npos; });
}

ScrubKind kind_of(KnownKind kind) noexcept {
    switch (kind) {
        case KnownKind::nhs_number:
            return ScrubKind::nhs_number;
        case KnownKind::postcode:
            return ScrubKind::postcode;
        case KnownKind::phone:
            return ScrubKind::phone;
        case KnownKind::email:
            return ScrubKind::email;
        case KnownKind::date:
            return ScrubKind::date;
        default:
            return ScrubKind::identifier;
    }
}

}  // namespace

void KnownIdentifiers::clear() {
    arena_.clear();
    names_.clear();
    short_parts_.clear();
    short_names_.clear();
    codes_.clear();
    address_.clear();
    name_begins_.reset();
    code_begins_.reset();
    address_begins_.reset();
}

KnownIdentifiers::Piece KnownIdentifiers::keep(std::string_view text) {
    const Piece piece{static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(text.size())};
    arena_ += text;
    return piece;
}

void KnownIdentifiers::add(KnownKind kind, std::string_view value) {
    if (!folded_.fold(value) || folded_.tokens().empty()) {
        return;
    }
    if (kind == KnownKind::name) {
        add_name(folded_);
        return;
    }
    if (kind == KnownKind::address) {
        add_address(folded_);
        return;
    }
    std::string letters;
    for (const auto& token : folded_.tokens()) {
        letters += folded_.word(token);
    }
    if (kind == KnownKind::phone) {
        add_phone(letters);
    } else {
        add_code(letters, kind_of(kind));
    }
}

void KnownIdentifiers::add_name(const FoldedText& name) {
    const auto tokens = name.tokens();
    std::string joined;
    std::string_view before;
    std::size_t parts = 0;
    const auto keep_joined = [this](const std::string& word) {
        if (letters_in(word) >= shortest_part) {
            names_.push_back(keep(word));
        }
    };
    for (const auto& token : tokens) {
        if (token.number) {
            continue;
        }
        const auto word = name.word(token);
        if (letters_in(word) >= shortest_part) {
            names_.push_back(keep(word));
        } else {
            short_parts_.push_back(keep(word));
        }
        if (!before.empty()) {
            keep_joined(std::string(before).append(word));  // ONeil of O'Neil-Smith
        }
        before = word;
        joined += word;
        ++parts;
    }
    if (parts > 2) {
        keep_joined(joined);
    }
    if (parts == 1 && letters_in(joined) == 2) {
        short_names_.push_back(keep(joined));
    }
}

void KnownIdentifiers::add_code(std::string_view letters, ScrubKind kind) {
    if (letters.size() >= shortest_code && letters.size() <= longest_code) {
        codes_.push_back({keep(letters), kind});
    }
}

/// 07700 900123 is +44 7700 900123 too.
void KnownIdentifiers::add_phone(std::string_view digits) {
    add_code(digits, ScrubKind::phone);
    const std::string number(digits);
    if (number.starts_with("44")) {
        const auto national = number.substr(number.starts_with("440") ? 3 : 2);
        add_code("0" + national, ScrubKind::phone);
        add_code("440" + national, ScrubKind::phone);
        add_code("44" + national, ScrubKind::phone);
        add_code("0044" + national, ScrubKind::phone);
    } else if (number.starts_with('0')) {
        add_code("44" + number.substr(1), ScrubKind::phone);
        add_code("0044" + number.substr(1), ScrubKind::phone);
        add_code("44" + number, ScrubKind::phone);
    }
}

void KnownIdentifiers::add_date(const WrittenDate& date) {
    char text[16];
    const auto add_form = [&](const char* form, unsigned first, unsigned second, unsigned third) {
        std::snprintf(text, sizeof text, form, first, second, third);
        add_code(text, ScrubKind::date);
    };
    const auto year = static_cast<unsigned>(date.year);
    add_form("%02u%02u%04u", date.day, date.month, year);
    add_form("%02u%02u%04u", date.month, date.day, year);
    add_form("%04u%02u%02u", year, date.month, date.day);
    add_form("%02u%02u%02u", date.day, date.month, year % 100);
}

void KnownIdentifiers::add_address(const FoldedText& address) {
    const auto tokens = address.tokens();
    const std::size_t count =
        std::min(tokens.size(), most_address_words - std::min(most_address_words, address_.size()));
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = address.word(tokens[i]);
        const bool common = std::find(std::begin(no_address), std::end(no_address), word) != std::end(no_address);
        address_.push_back(
            {keep(word), !tokens[i].number && letters_in(word) >= shortest_part && !common, i + 1 == count});
    }
}

void KnownIdentifiers::finish() {
    const auto less = [this](Piece a, Piece b) { return text_of(a) < text_of(b); };
    std::sort(names_.begin(), names_.end(), less);
    std::sort(short_parts_.begin(), short_parts_.end(), less);
    const auto mark = [this](std::bitset<256>& begins, Piece piece) {
        begins.set(static_cast<unsigned char>(arena_[piece.begin]));
    };
    for (const Piece name : names_) {
        mark(name_begins_, name);
    }
    for (const Piece name : short_names_) {
        mark(name_begins_, name);
    }
    for (const Code& code : codes_) {
        mark(code_begins_, code.letters);
    }
    for (const AddressWord& word : address_) {
        mark(address_begins_, word.word);
    }
}

bool KnownIdentifiers::is_name(std::string_view word) const noexcept {
    const auto found = [this](std::string_view wanted) {
        const auto place =
            std::lower_bound(names_.begin(), names_.end(), wanted,
                             [this](Piece piece, std::string_view text) { return text_of(piece) < text; });
        return place != names_.end() && text_of(*place) == wanted;
    };
    return found(word) || (word.size() > shortest_part && word.back() == 's' && found(word.substr(0, word.size() - 1)));
}

bool KnownIdentifiers::is_short_part(const FoldedText& text, std::size_t token) const noexcept {
    if (token >= text.tokens().size() || text.tokens()[token].number) {
        return false;
    }
    const auto word = text.word(text.tokens()[token]);
    const auto place =
        std::lower_bound(short_parts_.begin(), short_parts_.end(), word,
                         [this](Piece piece, std::string_view wanted) { return text_of(piece) < wanted; });
    return place != short_parts_.end() && text_of(*place) == word;
}

void KnownIdentifiers::find_names(const FoldedText& text, std::vector<TextSpan>& spans) const {
    constexpr std::string_view marks = " -'.";
    const auto tokens = text.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto word = text.word(tokens[i]);
        if (tokens[i].number || !name_begins_.test(static_cast<unsigned char>(word.front()))) {
            continue;
        }
        const bool whole =
            word.size() == 2 && text.is_capital(tokens[i]) &&
            std::any_of(short_names_.begin(), short_names_.end(), [&](Piece piece) { return text_of(piece) == word; });
        if (!whole && !is_name(word)) {
            continue;
        }
        std::size_t first = i;
        while (first > 0 && is_short_part(text, first - 1) && joins(text.gap_after(first - 1), marks)) {
            --first;
        }
        std::size_t last = i;
        while (is_short_part(text, last + 1) && joins(text.gap_after(last), marks)) {
            ++last;
        }
        if (!spans.empty() && spans.back().kind == ScrubKind::name && first > 0 &&
            spans.back().end == tokens[first - 1].end && joins(text.gap_after(first - 1), marks)) {
            spans.back().end = tokens[last].end;  // one person's name
        } else {
            spans.push_back({tokens[first].begin, tokens[last].end, ScrubKind::name});
        }
        i = last;
    }
}

void KnownIdentifiers::find_codes(const FoldedText& text, std::vector<TextSpan>& spans) const {
    const auto tokens = text.tokens();
    const auto end_of = [&](std::size_t first, std::string_view code) -> std::size_t {
        for (std::size_t i = first; i < tokens.size(); ++i) {
            const auto word = text.word(tokens[i]);
            if (!code.starts_with(word)) {
                return 0;
            }
            code.remove_prefix(word.size());
            if (code.empty()) {
                return tokens[i].end;
            }
            if (i + 1 < tokens.size() && !joins(text.gap_after(i), " -./()@_")) {
                return 0;
            }
        }
        return 0;
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!code_begins_.test(static_cast<unsigned char>(text.text()[tokens[i].begin]))) {
            continue;
        }
        for (const Code& code : codes_) {
            if (const std::size_t end = end_of(i, text_of(code.letters)); end != 0) {
                spans.push_back({tokens[i].begin, end, code.kind});
            }
        }
    }
}

void KnownIdentifiers::find_addresses(const FoldedText& text, std::vector<TextSpan>& spans) const {
    const auto tokens = text.tokens();
    for (std::size_t i = 0; i < tokens.size();) {
        std::size_t best = 0;
        if (address_begins_.test(static_cast<unsigned char>(text.text()[tokens[i].begin]))) {
            for (std::size_t from = 0; from < address_.size(); ++from) {
                std::size_t run = 0;
                bool tells = false;
                bool has_word = false;
                while (from + run < address_.size() && i + run < tokens.size() &&
                       text_of(address_[from + run].word) == text.word(tokens[i + run]) &&
                       (run == 0 || (joins(text.gap_after(i + run - 1), " ,.-'/") && !address_[from + run - 1].last))) {
                    tells = tells || address_[from + run].tells;
                    has_word = has_word || !tokens[i + run].number;
                    ++run;
                }
                if (run > best && (tells || (run > 1 && has_word))) {
                    best = run;
                }
            }
        }
        if (best > 0) {
            spans.push_back({tokens[i].begin, tokens[i + best - 1].end, ScrubKind::address});
        }
        i += std::max<std::size_t>(best, 1);
    }
}

void KnownIdentifiers::find(const FoldedText& text, std::vector<TextSpan>& spans) const {
    if (!names_.empty() || !short_names_.empty()) {
        find_names(text, spans);
    }
    if (!codes_.empty()) {
        find_codes(text, spans);
    }
    if (!address_.empty()) {
        find_addresses(text, spans);
    }
}

}  // namespace tributary
