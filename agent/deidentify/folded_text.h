#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A text as it is compared: small letters, accents removed, full-width letters and digits as ASCII, all blanks and
/// hyphens and apostrophes as one of their kind, invisible characters left out; and the way back to where it stood.
/// Reusable: keeps its buffers. One thread at a time.
class FoldedText {
  public:
    /// A run of letters, or one of ASCII digits.
    struct Token {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        bool number = false;
        std::size_t size() const noexcept { return end - begin; }
    };

    /// Takes time in proportion to the text. False, and nothing to look at, if it is not UTF-8, or longer than 2 GiB.
    bool fold(std::string_view source);

    std::string_view text() const noexcept { return text_; }
    std::span<const Token> tokens() const noexcept { return tokens_; }
    std::string_view word(const Token& token) const noexcept {
        return text().substr(token.begin, token.end - token.begin);
    }
    /// What stands between a token and the next one.
    std::string_view gap_after(std::size_t token) const noexcept {
        return text().substr(tokens_[token].end, tokens_[token + 1].begin - tokens_[token].end);
    }
    /// Where the byte at `folded` (up to the text's end) came from: an offset into the source. What is left out (an
    /// accent, an invisible character) belongs to what stands before it.
    std::size_t origin(std::size_t folded) const noexcept { return origins_.empty() ? folded : origins_[folded]; }
    /// Whether the source has a capital where the token begins.
    bool is_capital(const Token& token) const noexcept;

  private:
    void fold_ascii(std::string_view source);
    bool fold_all(std::string_view source);
    void put(std::string_view bytes, std::size_t origin);
    void find_tokens();

    std::string_view source_;
    std::string text_;
    std::vector<std::uint32_t> origins_;  // of each byte, and of the end; empty if all stand where they stood
    std::vector<Token> tokens_;
};

}  // namespace tributary
