#include "agent/deidentify/known_values.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/deidentify/guard_patterns.h"
#include "agent/deidentify/normalise.h"

namespace tributary {
namespace {

constexpr std::size_t fewest_letters = 3;
constexpr std::size_t fewest_digits = 5;
/// Stands between the texts of two columns; no value holds it.
constexpr char column_end = '\x01';

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

/// The place of a value between word boundaries, or npos.
std::size_t find_word(std::string_view text, std::string_view value) noexcept {
    const auto is_word = [](char c) { return is_letter(c) || is_digit(c); };
    for (std::size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + 1)) {
        const std::size_t end = at + value.size();
        const bool begins = at == 0 || !is_word(text[at - 1]) || !is_word(value.front());
        const bool ends = end == text.size() || !is_word(text[end]) || !is_word(value.back());
        if (begins && ends) {
            return at;
        }
    }
    return std::string_view::npos;
}

/// A byte of a word in small letters, or 0 for what stands between words.
constexpr std::array<unsigned char, 256> word_bytes = [] {
    std::array<unsigned char, 256> bytes{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool capital = byte >= 'A' && byte <= 'Z';
        const bool word = capital || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
        bytes[byte] = word ? static_cast<unsigned char>(capital ? byte + 0x20 : byte) : 0;
    }
    return bytes;
}();

/// The signs that words of some texts begin with, in small letters.
class WordBeginnings {
  public:
    void clear() noexcept { signs_.fill(0); }
    void add(std::string_view text) noexcept {
        unsigned char before = 0;
        for (const char c : text) {
            const unsigned char byte = word_bytes[static_cast<unsigned char>(c)];
            if (byte != 0 && before == 0) {
                signs_[byte >> 6U] |= std::uint64_t{1} << (byte & 63U);
            }
            before = byte;
        }
    }
    /// False only if no word begins as the value does.
    bool may_hold(std::string_view value) const noexcept {
        const unsigned char byte = word_bytes[static_cast<unsigned char>(value.front())];
        return byte == 0 || (signs_[byte >> 6U] >> (byte & 63U) & 1U) != 0;
    }

  private:
    std::array<std::uint64_t, 4> signs_{};
};

/// What leaves of one row, in small letters; made when it is asked for.
class LeavingText {
  public:
    explicit LeavingText(const std::vector<Column>& texts) : texts_(texts) {}

    void begin(std::size_t row) noexcept {
        row_ = row;
        made_ = false;
        longest_ = 0;
        beginnings_.clear();
        for (const Column& text : texts_) {
            const auto value = text.text(row);
            longest_ = std::max(longest_, value.size());
            beginnings_.add(value);
        }
    }

    /// The index of the text that holds the value; nothing if none does.
    std::optional<std::size_t> find(std::string_view value, std::string& scratch) {
        if (value.size() < fewest_letters || !beginnings_.may_hold(value)) {
            return std::nullopt;
        }
        const auto trimmed = trim_white_space(value);
        if (trimmed.size() < fewest_letters || trimmed.size() > longest_) {
            return std::nullopt;
        }
        scratch.clear();
        append_small(trimmed, scratch);
        if (!tells_a_person(scratch)) {
            return std::nullopt;
        }
        make();
        const std::size_t at = find_word(text_, scratch);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        return static_cast<std::size_t>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), column_end));
    }

  private:
    void make() {
        if (made_) {
            return;
        }
        made_ = true;
        text_.clear();
        for (const Column& text : texts_) {
            append_small(text.text(row_), text_);
            text_ += column_end;
        }
    }

    const std::vector<Column>& texts_;
    std::size_t row_ = 0;
    bool made_ = false;
    std::size_t longest_ = 0;
    WordBeginnings beginnings_;
    std::string text_;
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
    LeavingText leaving(texts);
    std::string scratch;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        leaving.begin(row);
        for (const Column& source : sources) {
            if (const auto text = leaving.find(source.text(row), scratch)) {
                held.push_back({row, outputs_[*text], to_string(GuardKind::known_value)});
                break;
            }
        }
    }
}

}  // namespace tributary
