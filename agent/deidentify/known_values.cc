#include "agent/deidentify/known_values.h"

#include <algorithm>

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
    std::string leaving;
    std::string value;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        leaving.clear();
        for (const Column& text : texts) {
            append_small(text.text(row), leaving);
            leaving += column_end;
        }
        for (const Column& source : sources) {
            const auto trimmed = trim_white_space(source.text(row));
            if (trimmed.size() < fewest_letters || trimmed.size() > leaving.size()) {
                continue;
            }
            value.clear();
            append_small(trimmed, value);
            const std::size_t at = tells_a_person(value) ? find_word(leaving, value) : std::string_view::npos;
            if (at != std::string_view::npos) {
                const auto columns =
                    std::count(leaving.begin(), leaving.begin() + static_cast<std::ptrdiff_t>(at), column_end);
                held.push_back({row, outputs_[static_cast<std::size_t>(columns)], to_string(GuardKind::known_value)});
                break;
            }
        }
    }
}

}  // namespace tributary
