#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/date_format.h"
#include "agent/deidentify/folded_text.h"
#include "agent/deidentify/text_spans.h"

namespace tributary {

/// What a record's own identifier is, for the forms in which a text may have it.
enum class KnownKind : std::uint8_t { name, date, nhs_number, postcode, phone, email, identifier, address };

/// The identifiers of one record, and where a text has them. Reusable from record to record: keeps its buffers. One
/// thread at a time.
class KnownIdentifiers {
  public:
    void clear();
    /// Names: whole, their parts of three letters and more, and parts run together. Addresses: their words of three
    /// letters and more but for those of any address ("street"), and two words and more of them in order. All others:
    /// their letters and digits, four and more, however they are spaced.
    void add(KnownKind kind, std::string_view value);
    /// A date of the record, in forms that find_dates() cannot know for a date: 02031950, 020350, 19500302.
    void add_date(const WrittenDate& date);
    /// To be called once after the last add() and before find().
    void finish();

    /// Appends what it finds. Time: proportional to the text, times the logarithm of the parts of the record's names.
    void find(const FoldedText& text, std::vector<TextSpan>& spans) const;

  private:
    struct Piece {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    struct Code {
        Piece letters;
        ScrubKind kind{};
    };
    struct AddressWord {
        Piece word;
        bool tells = false;  ///< by itself
        bool last = false;   ///< of its address
    };

    std::string_view text_of(Piece piece) const noexcept {
        return std::string_view(arena_).substr(piece.begin, piece.size);
    }
    Piece keep(std::string_view text);
    void add_name(const FoldedText& name);
    void add_code(std::string_view letters, ScrubKind kind);
    void add_phone(std::string_view digits);
    void add_address(const FoldedText& address);
    bool is_name(std::string_view word) const noexcept;
    bool is_short_part(const FoldedText& text, std::size_t token) const noexcept;
    void find_names(const FoldedText& text, std::vector<TextSpan>& spans) const;
    void find_codes(const FoldedText& text, std::vector<TextSpan>& spans) const;
    void find_addresses(const FoldedText& text, std::vector<TextSpan>& spans) const;

    FoldedText folded_;
    std::string arena_;
    std::vector<Piece> names_;        // in order after finish()
    std::vector<Piece> short_parts_;  // one or two letters of a longer name
    std::vector<Piece> short_names_;  // two letters that are a whole name
    std::vector<Code> codes_;
    std::vector<AddressWord> address_;
    std::bitset<256> name_begins_;
    std::bitset<256> code_begins_;
    std::bitset<256> address_begins_;
};

}  // namespace tributary
