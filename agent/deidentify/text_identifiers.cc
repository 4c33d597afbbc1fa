#include <algorithm>

#include "agent/deidentify/guard_patterns.h"
#include "agent/deidentify/text_spans.h"

namespace tributary {
namespace {

constexpr bool is_word(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

ScrubKind kind_of(GuardKind kind) noexcept {
    return kind == GuardKind::phone ? ScrubKind::phone : ScrubKind::nhs_number;
}

/// The smallest part of the run of digits from `begin` to `end` that is still the number: groups before and behind it
/// (a dose, a bed) stay in the text.
TextSpan narrowed(std::string_view text, std::size_t begin, std::size_t end, GuardKind kind) {
    const auto still = [&](std::size_t from, std::size_t to) {
        std::size_t at = from;
        return match_numbers(text.substr(0, to), at) == kind;
    };
    for (bool shorter = true; shorter;) {
        shorter = false;
        std::size_t next = begin;
        while (next < end && is_digit(text[next])) {
            ++next;
        }
        while (next < end && !is_digit(text[next])) {
            ++next;
        }
        if (next < end && (begin == 0 || text[begin - 1] != '+') && still(next, end)) {
            begin = next;
            shorter = true;
        }
    }
    for (bool shorter = true; shorter;) {
        shorter = false;
        std::size_t before = end;
        while (before > begin && is_digit(text[before - 1])) {
            --before;
        }
        while (before > begin && !is_digit(text[before - 1])) {
            --before;
        }
        if (before > begin && still(begin, before)) {
            end = before;
            shorter = true;
        }
    }
    while (begin > 0 && (text[begin - 1] == '(' || text[begin - 1] == '+')) {
        --begin;
    }
    return {begin, end, kind_of(kind)};
}

void find_numbers(const FoldedText& folded, std::vector<TextSpan>& spans) {
    const auto text = folded.text();
    std::size_t done = 0;
    for (const auto& token : folded.tokens()) {
        if (!token.number || token.begin < done) {
            continue;
        }
        std::size_t at = token.begin;
        if (const auto kind = match_numbers(text, at)) {
            spans.push_back(narrowed(text, token.begin, at, *kind));
            done = spans.back().end;
        } else {
            done = std::max<std::size_t>(at, token.begin + 1);
        }
    }
}

void find_postcode(const FoldedText& folded, std::size_t i, std::vector<TextSpan>& spans) {
    const auto text = folded.text();
    const auto& number = folded.tokens()[i];
    const auto& letters = folded.tokens()[i + 1];
    if (!number.number || letters.number || letters.size() != 2 || letters.begin != number.end) {
        return;
    }
    const std::size_t inward = number.end - 1;
    if (!match_postcode(text, inward)) {
        return;
    }
    std::size_t begin = inward > 0 && text[inward - 1] == ' ' ? inward - 1 : inward;
    while (begin > 0 && is_word(text[begin - 1])) {
        --begin;
    }
    // "Bed L4 5th floor": a district in capitals has its end in capitals.
    std::size_t first = i;
    while (first > 0 && folded.tokens()[first].begin > begin) {
        --first;
    }
    if (folded.is_capital(folded.tokens()[first]) && !folded.is_capital(letters)) {
        return;
    }
    spans.push_back({begin, letters.end, ScrubKind::postcode});
}

void find_ni_number(const FoldedText& folded, const FoldedText::Token& letters, std::vector<TextSpan>& spans) {
    constexpr std::size_t length = 9;
    const auto text = folded.text();
    if (letters.number || letters.size() != 2 || !match_ni_number(text, letters.begin)) {
        return;
    }
    std::size_t end = letters.begin;
    for (std::size_t size = 0; end < text.size() && size < length; ++end) {
        size += is_word(text[end]) ? 1U : 0U;
    }
    spans.push_back({letters.begin, end, ScrubKind::ni_number});
}

void find_emails(std::string_view text, std::vector<TextSpan>& spans) {
    const auto is_part = [](char c) { return is_word(c) || c == '.' || c == '-' || static_cast<signed char>(c) < 0; };
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        if (!match_email(text, at)) {
            continue;
        }
        std::size_t begin = at;
        while (begin > 0 &&
               (is_part(text[begin - 1]) || std::string_view("_%+'").find(text[begin - 1]) != std::string_view::npos)) {
            --begin;
        }
        std::size_t end = at + 1;
        while (end < text.size() && is_part(text[end])) {
            ++end;
        }
        while (text[end - 1] == '.' || text[end - 1] == '-') {
            --end;
        }
        spans.push_back({begin, end, ScrubKind::email});
    }
}

void find_urls(std::string_view text, std::vector<TextSpan>& spans) {
    const auto end_from = [&](std::size_t at) {
        while (at < text.size() && static_cast<unsigned char>(text[at]) > ' ' &&
               std::string_view("<>\"|").find(text[at]) == std::string_view::npos) {
            ++at;
        }
        while (at > 0 && std::string_view(".,;:!?)]'").find(text[at - 1]) != std::string_view::npos) {
            --at;
        }
        return at;
    };
    for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at)) {
        std::size_t begin = at;
        while (begin > 0 && is_word(text[begin - 1])) {
            --begin;
        }
        const std::size_t end = begin < at ? std::max(end_from(at + 3), at + 3) : at + 1;
        if (begin < at) {
            spans.push_back({begin, end, ScrubKind::url});
        }
        at = end;
    }
    for (std::size_t at = text.find("www."); at != std::string_view::npos; at = text.find("www.", at)) {
        const bool begins = at == 0 || !is_word(text[at - 1]);
        const std::size_t end = begins ? std::max(end_from(at + 4), at + 4) : at + 1;
        if (begins) {
            spans.push_back({at, end, ScrubKind::url});
        }
        at = end;
    }
}

}  // namespace

std::string_view placeholder(ScrubKind kind) noexcept {
    switch (kind) {
        case ScrubKind::name:
            return "[NAME]";
        case ScrubKind::date:
            return "[DATE]";
        case ScrubKind::nhs_number:
            return "[NHS NUMBER]";
        case ScrubKind::postcode:
            return "[POSTCODE]";
        case ScrubKind::phone:
            return "[PHONE]";
        case ScrubKind::email:
            return "[EMAIL]";
        case ScrubKind::ni_number:
            return "[NI NUMBER]";
        case ScrubKind::url:
            return "[URL]";
        case ScrubKind::identifier:
            return "[IDENTIFIER]";
        case ScrubKind::address:
            break;
    }
    return "[ADDRESS]";
}

void find_identifiers(const FoldedText& text, std::vector<TextSpan>& spans) {
    find_numbers(text, spans);
    const auto tokens = text.tokens();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i + 1 < tokens.size()) {
            find_postcode(text, i, spans);
        }
        find_ni_number(text, tokens[i], spans);
    }
    find_emails(text.text(), spans);
    find_urls(text.text(), spans);
}

}  // namespace tributary
