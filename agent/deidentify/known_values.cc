#include "agent/deidentify/known_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
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

/// As trim_white_space; most values have nothing to trim.
std::string_view trimmed(std::string_view value) noexcept {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7F; };
    return !value.empty() && is_plain(value.front()) && is_plain(value.back()) ? value : trim_white_space(value);
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
        const auto text = value.size() < fewest_letters ? std::string_view() : trimmed(value);
        if (text.size() < fewest_letters) {
            return;
        }
        if (values_.size() == count_) {
            values_.emplace_back();
        }
        std::string& small = values_[count_];
        small.clear();
        append_small(text, small);
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

constexpr unsigned char folded(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 0x20) : static_cast<unsigned char>(c);
}

/// The words of a row's texts while they are few and short, as codes are: then each value is held against them where it
/// stands, and nothing is folded until a first letter and a length agree.
class FewWords {
  public:
    void clear() noexcept { count_ = 0; }

    /// False if the text is too long, or there are too many words, for this to be the quicker way.
    bool add(std::string_view text, std::size_t place) noexcept {
        constexpr std::size_t longest = 32;
        if (text.size() > longest) {
            return false;
        }
        bool within = false;
        for (std::size_t at = 0; at < text.size(); ++at) {
            const bool word = word_bytes[static_cast<unsigned char>(text[at])];
            if (word && !within) {
                if (count_ == begins_.size()) {
                    return false;
                }
                begins_[count_++] = {text.substr(at), place, folded(text[at])};
            }
            within = word;
        }
        return true;
    }

    /// The first place in which the value, trimmed, stands, or `none`.
    std::size_t place_of(std::string_view value, std::size_t none) {
        const unsigned char first = folded(value.front());
        bool read = false;
        for (std::size_t i = 0; i < count_; ++i) {
            const Begin& begin = begins_[i];
            if (begin.first != first || begin.text.size() < value.size()) {
                continue;
            }
            if (!read) {
                read = true;
                small_.clear();
                append_small(value, small_);
            }
            if (stands_at_beginning(begin.text, small_) && tells_a_person(small_)) {
                return begin.place;
            }
        }
        return none;
    }

  private:
    struct Begin {
        std::string_view text;  // from there on
        std::size_t place = 0;
        unsigned char first = 0;
    };
    static constexpr std::array<bool, 256> word_bytes = [] {
        std::array<bool, 256> bytes{};
        for (unsigned byte = 0; byte < bytes.size(); ++byte) {
            bytes[byte] = is_word(static_cast<char>(byte));
        }
        return bytes;
    }();

    std::array<Begin, 16> begins_{};
    std::size_t count_ = 0;
    std::string small_;
};

/// Of one batch.
class Search {
  public:
    Search(std::vector<Column> sources, std::vector<Column> texts)
        : sources_(std::move(sources)), texts_(std::move(texts)) {}

    /// The first of the texts in which a value of the sources stands; their number if none does.
    std::size_t place_in(std::size_t row) {
        words_.clear();
        bool few = true;
        for (std::size_t i = 0; i < texts_.size() && few; ++i) {
            few = words_.add(texts_[i].text(row), i);
        }
        std::size_t place = texts_.size();
        for (std::size_t i = 0; i < sources_.size() && few; ++i) {
            const auto value = trimmed(sources_[i].text(row));
            if (value.size() >= fewest_letters) {
                few = is_word(value.front());
                place = std::min(place, words_.place_of(value, place));
            }
        }
        return few ? place : anywhere(row);
    }

  private:
    std::size_t anywhere(std::size_t row) {
        values_.clear();
        for (const Column& source : sources_) {
            values_.add(source.text(row));
        }
        std::size_t place = values_.empty() ? texts_.size() : 0;
        while (place < texts_.size() && !values_.stand_in(texts_[place].text(row))) {
            ++place;
        }
        return place;
    }

    std::vector<Column> sources_;
    std::vector<Column> texts_;
    FewWords words_;
    RowValues values_;
};

std::vector<Column> texts_of(const std::vector<std::size_t>& places, const std::function<Column(std::size_t)>& column) {
    std::vector<Column> texts;
    texts.reserve(places.size());
    for (const std::size_t place : places) {
        texts.push_back(column(place).as_text());
    }
    return texts;
}

}  // namespace

void KnownValues::check(const RecordBatch& batch, const std::vector<Column>& outputs,
                        std::vector<HeldRow>& held) const {
    if (sources_.empty() || outputs_.empty()) {
        return;
    }
    Search search(texts_of(sources_, [&](std::size_t source) { return batch.column(source); }),
                  texts_of(outputs_, [&](std::size_t output) { return outputs[output]; }));
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        if (const std::size_t place = search.place_in(row); place < outputs_.size()) {
            held.push_back({row, outputs_[place], to_string(GuardKind::known_value)});
        }
    }
}

}  // namespace tributary
