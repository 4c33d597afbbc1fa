#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/deidentify/feature_format.h"

namespace tributary {

/// Tokens of n characters of the value between n - 1 spaces at each end.
struct NgramComparison {
    std::size_t n = 2;
    bool positional = false;  ///< each token begins with its position, counted from 1, and a space
};
/// The whole value is one token.
struct ExactComparison {};
/// 2 x resolution + 1 tokens, which near numbers share (Vatsalan and Christen, "Privacy-preserving matching of similar
/// patients", 2015, as clkhash has it).
struct NumericComparison {
    std::int64_t interval = 1;  ///< threshold distance x 10^precision, rounded
    std::int64_t resolution = 1;
    int precision = 0;  ///< digits after the point that count
};
using Comparison = std::variant<NgramComparison, ExactComparison, NumericComparison>;

enum class TokenHash {
    double_hash,               ///< HMAC-SHA1 and HMAC-MD5 (Schnell, Bachteler, Reiher, 2011)
    double_hash_non_singular,  ///< likewise, where the MD5 part is never 0: prevent_singularity
    blake                      ///< keyed BLAKE2b, 32 positions a digest
};

struct MissingValue {
    std::string sentinel;
    std::string replacement;  ///< the sentinel itself where the schema names none; hashed as it is, unchecked
};

struct LinkageFeature {
    std::string identifier;
    bool ignored = false;  ///< has a place among the derived keys and nothing else; the rest has no meaning then
    FeatureFormat format;
    Comparison comparison;
    TokenHash hash = TokenHash::blake;
    bool bits_are_per_feature = false;  ///< else per token
    std::size_t bits = 0;               ///< of each token, or shared out among the feature's tokens
    std::optional<MissingValue> missing;
};

enum class KeyDerivation { hkdf_sha256, hkdf_sha512 };

/// How a person's features become a cryptographic linkage key (CLK): clkhash's linkage schema, version 3. Immutable
/// once read; may be shared between threads.
///
/// What clkhash takes and this does not: versions 1 and 2 (clkhash converts them), two features with one identifier
/// that are not ignored, %-directives of dates beyond those of StrptimeFormat, patterns that Perl's regular expressions
/// do not know, and sizes beyond the limits below, which no useful schema reaches.
class LinkageSchema {
  public:
    static constexpr std::size_t most_features = 256;
    static constexpr std::size_t most_bits = std::size_t{1} << 20U;  ///< of an encoding before it is folded
    static constexpr std::size_t most_bits_a_token = 10'000;
    static constexpr std::size_t most_enum_values = 100'000;

    /// Throws Error(configuration), "NAME: /json/pointer: what is wrong", for what does not follow the schema.
    static LinkageSchema parse(std::string_view json, const std::string& name);

    /// In the order of the file, ignored ones too.
    const std::vector<LinkageFeature>& features() const noexcept { return features_; }
    std::size_t length() const noexcept { return length_; }  ///< bits of an encoding, after folding
    unsigned folds() const noexcept { return folds_; }
    std::size_t hashed_length() const noexcept { return length_ << folds_; }  ///< bits before folding

    KeyDerivation key_derivation() const noexcept { return key_derivation_; }
    const std::string& salt() const noexcept { return salt_; }
    const std::string& info() const noexcept { return info_; }
    std::size_t key_size() const noexcept { return key_size_; }  ///< bytes of each derived key

    /// SHA-256 of the file's bytes in hexadecimal digits: tells whether two sites use one schema.
    const std::string& digest() const noexcept { return digest_; }

    /// What a person should know of a schema that is right: a sentence each.
    const std::vector<std::string>& notes() const noexcept { return notes_; }

  private:
    friend class LinkageSchemaReader;
    LinkageSchema() = default;

    std::vector<LinkageFeature> features_;
    std::size_t length_ = 0;
    unsigned folds_ = 0;
    KeyDerivation key_derivation_ = KeyDerivation::hkdf_sha256;
    std::string salt_;
    std::string info_;
    std::size_t key_size_ = 64;
    std::string digest_;
    std::vector<std::string> notes_;
};

}  // namespace tributary
