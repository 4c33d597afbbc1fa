#include "agent/deidentify/identifier_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "agent/deidentify/character_masks.h"

namespace tributary {
namespace {

constexpr std::size_t block = 64;

/// The bits `count` places further on: bit p of the answer is bit p + count of the two blocks.
constexpr std::uint64_t ahead(std::uint64_t low, std::uint64_t high, unsigned count) noexcept {
    return low >> count | high << (64U - count);
}
/// Bit p of the answer is bit p - count.
constexpr std::uint64_t behind(std::uint64_t low, std::uint64_t before, unsigned count) noexcept {
    return low << count | before >> (64U - count);
}

/// Where ten bytes or more are digits or what may stand between digits. The upper block counts with its first bits
/// only, which is all that ten bytes can reach.
std::uint64_t long_runs(std::uint64_t low, std::uint64_t high) noexcept {
    const std::uint64_t two = low & ahead(low, high, 1);
    const std::uint64_t two_high = high & high >> 1U;
    const std::uint64_t four = two & ahead(two, two_high, 2);
    const std::uint64_t four_high = two_high & two_high >> 2U;
    const std::uint64_t eight = four & ahead(four, four_high, 4);
    return eight & ahead(two, two_high, 8);
}

template <typename Visit>
void for_each_bit(std::uint64_t bits, std::size_t base, Visit visit) {
    for (; bits != 0; bits &= bits - 1) {
        visit(base + static_cast<std::size_t>(std::countr_zero(bits)));
    }
}

class Scanner {
  public:
    Scanner(std::string_view text, std::vector<GuardHit>& hits) : text_(text), hits_(hits) {}

    void run() {
        CharacterMasks before;
        CharacterMasks here = masks_at(0);
        for (std::size_t base = 0; base < text_.size(); base += block) {
            const CharacterMasks next = masks_at(base + block);
            look(base, before, here, next);
            before = here;
            here = next;
        }
    }

  private:
    CharacterMasks masks_at(std::size_t at) const noexcept {
        if (at >= text_.size()) {
            return {};
        }
        return text_.size() - at >= block ? character_masks(text_.data() + at)
                                          : character_masks_of_end(text_.data() + at, text_.size() - at);
    }

    void look(std::size_t base, const CharacterMasks& before, const CharacterMasks& here, const CharacterMasks& next) {
        const auto numeric = [](const CharacterMasks& masks) { return masks.digits | masks.spaces | masks.joiners; };
        if (const auto runs = long_runs(numeric(here), numeric(next)); runs != 0) {
            for_each_bit(runs & here.digits, base, [&](std::size_t at) {
                const auto count = static_cast<unsigned>(at - base);
                const auto from = [count](std::uint64_t low, std::uint64_t high) {
                    return count == 0 ? low : ahead(low, high, count);
                };
                look_at_numbers(at, from(numeric(here), numeric(next)), from(here.digits, next.digits));
            });
        }
        const auto words = [](const CharacterMasks& masks) { return masks.digits | masks.letters; };
        const auto letter_1 = ahead(here.letters, next.letters, 1);
        const auto inward =
            here.digits & letter_1 & ahead(here.letters, next.letters, 2) & ~ahead(words(here), words(next), 3);
        for_each_bit(inward, base, [&](std::size_t at) {
            if (match_postcode(text_, at)) {
                hits_.push_back({at, GuardKind::postcode});
            }
        });
        const auto digit_2 = ahead(here.digits, next.digits, 2);
        const auto digit_3 = ahead(here.digits, next.digits, 3);
        const auto prefix = here.letters & letter_1 & ~behind(words(here), words(before), 1) & digit_3 &
                            (digit_2 | (ahead(here.spaces, next.spaces, 2) & ahead(here.digits, next.digits, 4)));
        for_each_bit(prefix, base, [&](std::size_t at) {
            if (match_ni_number(text_, at)) {
                hits_.push_back({at, GuardKind::ni_number});
            }
        });
        for_each_bit(here.at_signs, base, [&](std::size_t at) {
            if (match_email(text_, at)) {
                hits_.push_back({at, GuardKind::email});
            }
        });
        for_each_bit(here.wide, base, [&](std::size_t at) { look_at_wide(at); });
    }

    /// `numeric` and `digits`: what the 64 bytes from `at` on are.
    void look_at_numbers(std::size_t at, std::uint64_t numeric, std::uint64_t digits) {
        if (at < numbers_done_) {
            return;
        }
        // Most runs are dates: ten bytes with eight digits.
        constexpr int fewest_digits = 10;
        const auto length = static_cast<unsigned>(std::countr_one(numeric));
        if (length < block && std::popcount(digits & ((std::uint64_t{1} << length) - 1)) < fewest_digits) {
            numbers_done_ = at + length;
            return;
        }
        std::size_t end = at;
        if (const auto kind = match_numbers(text_, end)) {
            hits_.push_back({at, *kind});
        }
        numbers_done_ = std::max(end, at + 1);
    }

    /// Reads the surroundings of a blank or digit of another script as ASCII would write them.
    void look_at_wide(std::size_t at) {
        if (at < wide_done_ || fold(at).second == 1) {
            return;
        }
        constexpr std::size_t around = 48;
        const std::size_t begin = at > around ? at - around : 0;
        std::array<char, 4 * around> folded{};
        std::size_t size = 0;
        std::size_t from = begin;
        while (from < text_.size() && size < folded.size() && from < at + 3 * around) {
            const auto [character, length] = fold(from);
            folded[size++] = character;
            from += length;
        }
        // The text in front of `at` is looked at as it is; what was folded is looked at without going round again.
        constexpr std::size_t longest_number = 64;  // bytes: ten digits and nine blanks of three bytes
        wide_done_ = from >= text_.size() ? text_.size() : std::max(at + 1, from - std::min(from, longest_number));
        std::vector<GuardHit> found;
        Scanner inner({folded.data(), size}, found);
        inner.wide_done_ = size;
        inner.run();
        for (const GuardHit& hit : found) {
            hits_.push_back({at, hit.kind});
        }
    }

    /// The ASCII character that stands for what begins at a place, and how many bytes it takes.
    std::pair<char, std::size_t> fold(std::size_t at) const noexcept {
        const auto byte = [&](std::size_t i) {
            return at + i < text_.size() ? static_cast<unsigned char>(text_[at + i]) : 0U;
        };
        if (byte(0) == 0xC2 && byte(1) == 0xA0) {
            return {' ', 2};  // U+00A0 no-break space
        }
        if (byte(0) == 0xE2 && byte(1) == 0x80) {
            if ((byte(2) >= 0x80 && byte(2) <= 0x8A) || byte(2) == 0xAF) {
                return {' ', 3};  // U+2000 to U+200A, U+202F: blanks
            }
            if (byte(2) >= 0x90 && byte(2) <= 0x95) {
                return {'-', 3};  // U+2010 to U+2015: hyphens and dashes
            }
        }
        if (byte(0) == 0xEF && byte(1) == 0xBC && byte(2) >= 0x90 && byte(2) <= 0x99) {
            return {static_cast<char>('0' + (byte(2) - 0x90)), 3};  // U+FF10 to U+FF19: digits of full width
        }
        return {text_[at], 1};
    }

    std::string_view text_;
    std::vector<GuardHit>& hits_;
    std::size_t numbers_done_ = 0;
    std::size_t wide_done_ = 0;
};

}  // namespace

void scan_identifiers(std::string_view text, std::vector<GuardHit>& hits) {
    Scanner(text, hits).run();
}

}  // namespace tributary
