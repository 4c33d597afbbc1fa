#include "agent/deidentify/known_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "agent/deidentify/character_masks.h"
#include "agent/deidentify/guard_patterns.h"
#include "agent/deidentify/normalise.h"

namespace tributary {
namespace {

constexpr std::size_t fewest_letters = 3;
constexpr std::size_t fewest_digits = 5;
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
/// Of any script: bytes of a UTF-8 sequence belong to words.
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || static_cast<signed char>(c) < 0;
}

/// Appends a text in small letters: ASCII's, and those of Latin-1 (U+00C0 to U+00DE, UTF-8 C3 80 to C3 9E).
void append_small(std::string_view text, std::string& out) {
    const std::size_t begin = out.size();
    out.append(text);
    for (std::size_t i = begin; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        const bool latin =
            i > begin && static_cast<unsigned char>(out[i - 1]) == 0xC3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97;
        if ((byte >= 'A' && byte <= 'Z') || latin) {
            out[i] = static_cast<char>(byte + 0x20);
        }
    }
}

/// Short codes and words would be found everywhere.
bool tells_a_person(std::string_view small) noexcept {
    const auto letters = static_cast<std::size_t>(std::count_if(small.begin(), small.end(), is_letter));
    const auto digits = static_cast<std::size_t>(std::count_if(small.begin(), small.end(), is_digit));
    return letters >= fewest_letters || digits >= fewest_digits;
}

constexpr bool is_word(char c) noexcept {
    const auto small = static_cast<char>(static_cast<unsigned char>(c) | 0x20U);
    return is_digit(c) || (small >= 'a' && small <= 'z') || static_cast<signed char>(c) < 0;
}

/// Whether `small` (as append_small makes it) stands at the beginning of a text, in capitals or small letters.
bool stands_at_beginning(std::string_view text, std::string_view small) noexcept {
    if (text.size() < small.size()) {
        return false;
    }
    unsigned char before = 0;
    for (std::size_t i = 0; i < small.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool latin = before == 0xC3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97;
        const auto folded = (byte >= 'A' && byte <= 'Z') || latin ? static_cast<unsigned char>(byte + 0x20) : byte;
        if (folded != static_cast<unsigned char>(small[i])) {
            return false;
        }
        before = byte;
    }
    return text.size() == small.size() || !is_word(text[small.size()]) || !is_word(small.back());
}

/// The values of one row that must not leave, in small letters.
class RowValues {
  public:
    void clear() noexcept {
        count_ = 0;
        begins_word_.fill(0);
        others_ = false;
    }
    bool empty() const noexcept { return count_ == 0; }

    void add(std::string_view value) {
        const auto trimmed = value.size() < fewest_letters ? std::string_view() : trim_white_space(value);
        if (trimmed.size() < fewest_letters) {
            return;
        }
        if (values_.size() == count_) {
            values_.emplace_back();
        }
        std::string& small = values_[count_];
        small.clear();
        append_small(trimmed, small);
        if (!tells_a_person(small)) {
            return;
        }
        ++count_;
        mark(small.front());
        if (small.front() >= 'a' && small.front() <= 'z') {
            mark(static_cast<char>(small.front() - 0x20));
        }
        others_ = others_ || !is_word(small.front());
    }

    /// Whether one of them stands in the text.
    bool stand_in(std::string_view text) const noexcept {
        return stands_at_a_word(text) || (others_ && stands_anywhere(text));
    }

  private:
    void mark(char c) noexcept {
        const auto byte = static_cast<unsigned char>(c);
        begins_word_[byte >> 6U] |= std::uint64_t{1} << (byte & 63U);
    }

    bool begins_here(std::string_view text) const noexcept {
        const auto byte = static_cast<unsigned char>(text.front());
        return (begins_word_[byte >> 6U] >> (byte & 63U) & 1U) != 0 &&
               std::any_of(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(count_),
                           [&](const std::string& value) { return stands_at_beginning(text, value); });
    }

    /// Only where words begin is looked closer: some seven bytes a look.
    bool stands_at_a_word(std::string_view text) const noexcept {
        std::uint64_t before = 0;  // whether the byte before is of a word
        for (std::size_t block = 0; block < text.size(); block += 64) {
            const std::size_t size = std::min<std::size_t>(64, text.size() - block);
            const auto masks =
                size == 64 ? character_masks(text.data() + block) : character_masks_of_end(text.data() + block, size);
            const std::uint64_t words = masks.letters | masks.digits | masks.beyond;
            for (std::uint64_t begins = words & ~(words << 1U | before); begins != 0; begins &= begins - 1) {
                if (begins_here(text.substr(block + static_cast<std::size_t>(std::countr_zero(begins))))) {
                    return true;
                }
            }
            before = words >> 63U;
        }
        return false;
    }

    /// For values that begin with a sign.
    bool stands_anywhere(std::string_view text) const noexcept {
        for (; !text.empty(); text.remove_prefix(1)) {
            if (!is_word(text.front()) && begins_here(text)) {
                return true;
            }
        }
        return false;
    }

    std::vector<std::string> values_;  // the first count_ are of the row
    std::size_t count_ = 0;
    std::array<std::uint64_t, 4> begins_word_{};  // the bytes that values begin with
    bool others_ = false;                         // one begins with what is of no word
};

}  // namespace

void KnownValues::check(const RecordBatch& batch, const std::vector<Column>& outputs,
                        std::vector<HeldRow>& held) const {
    if (sources_.empty() || outputs_.empty()) {
        return;
    }
    std::vector<Column> sources;
    for (const std::size_t source : sources_) {
        sources.push_back(batch.column(source).as_text());
    }
    std::vector<Column> texts;
    for (const std::size_t output : outputs_) {
        texts.push_back(outputs[output].as_text());
    }
    RowValues values;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        values.clear();
        for (const Column& source : sources) {
            values.add(source.text(row));
        }
        for (std::size_t i = 0; i < texts.size() && !values.empty(); ++i) {
            if (values.stand_in(texts[i].text(row))) {
                held.push_back({row, outputs_[i], to_string(GuardKind::known_value)});
                break;
            }
        }
    }
}

}  // namespace tributary
