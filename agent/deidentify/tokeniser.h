#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/linkage_schema.h"

namespace tributary {

/// Room for the tokens of one value; reused from value to value.
struct TokenScratch {
    std::string padded;
    std::vector<std::size_t> offsets;  ///< of each character of `padded` and its end, where it is not ASCII
    bool ascii = true;
    std::int64_t middle = 0;  ///< of a numeric comparison
    std::string number;
    std::string token;
};

/// Takes a value in its normal form apart as clkhash's comparators do: tokens in order, the same one as often as it
/// occurs. Immutable; may be shared between threads, each with its own scratch.
class Tokeniser {
  public:
    Tokeniser(const Comparison& comparison, TextEncoding encoding) : comparison_(comparison), encoding_(encoding) {}

    /// How many tokens the text (UTF-8) has; none if it is empty. Nothing if the comparison is numeric and the text is
    /// no number, or one of more than 18 digits once its precision and resolution are multiplied in.
    std::optional<std::size_t> start(std::string_view text, TokenScratch& scratch) const;

    /// The bytes of one token of the text that start() took; they live until the next call.
    std::string_view token(std::size_t index, TokenScratch& scratch) const;

  private:
    std::optional<std::size_t> start_ngrams(const NgramComparison& ngram, std::string_view text,
                                            TokenScratch& scratch) const;
    std::optional<std::size_t> start_numeric(const NumericComparison& numeric, std::string_view text,
                                             TokenScratch& scratch) const;
    std::string_view encoded(std::string_view prefix, std::string_view text, TokenScratch& scratch) const;

    Comparison comparison_;
    TextEncoding encoding_;
};

}  // namespace tributary
