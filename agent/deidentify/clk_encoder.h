#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/action.h"
#include "agent/deidentify/linkage_schema.h"
#include "agent/deidentify/token_hasher.h"
#include "agent/deidentify/tokeniser.h"

namespace tributary {

/// Encodes records into cryptographic linkage keys (CLKs): Bloom filters over the tokens of a person's features, bit
/// for bit those of clkhash 0.15 and later under the same linkage schema and secret. Immutable; may be shared between
/// threads, each with its own scratch.
///
/// An encoding is not anonymous: who knows how names are spread can attack many of them at once, and who has the secret
/// tests any guess. It is personal data.
class ClkEncoder {
  public:
    /// Bytes of a value; longer ones have no encoding, so that no record can hold up the stream.
    static constexpr std::size_t longest_value = 32'768;

    /// The secret is clkhash's: any bytes (a text's are its UTF-8), from which HKDF derives two keys a feature. Throws
    /// Error(key) if it is empty.
    ClkEncoder(LinkageSchema schema, std::span<const std::uint8_t> secret);

    const LinkageSchema& schema() const noexcept { return schema_; }

    /// The identifiers of the features that are not ignored, in the order in which encode() takes their values.
    const std::vector<std::string>& inputs() const noexcept { return inputs_; }

    /// Why a record can have no encoding, in the order of the outcomes.
    static std::span<const std::string_view> reasons() noexcept;

    /// Room for one record at a time, with what was hashed before: best kept for a whole batch or longer. Some 30 KiB a
    /// feature (100 with blakeHash).
    class Scratch {
      public:
        explicit Scratch(const ClkEncoder& encoder);

      private:
        friend class ClkEncoder;
        std::vector<std::uint8_t> bits_;
        std::string text_;
        FormatScratch format_;
        TokenScratch tokens_;
        std::vector<TokenCache> caches_;  ///< one a feature
    };

    struct Encoding {
        /// filled; empty where no feature gave a token (all bits are 0; clkhash writes that too); or an index into
        /// reasons(): the record has no encoding then.
        Outcome outcome = outcome::filled;
        /// Of inputs(): the first whose value does not fit, if the outcome is one of the reasons.
        std::size_t feature = 0;
        /// Of the scratch, until it is used again: ceil(length / 8) bytes, bit 0 the highest of the first byte, zeros
        /// at the end; and the same in base64, as anonlink writes and reads them. Empty if there is no encoding.
        std::span<const std::uint8_t> bits;
        std::string_view text;
    };

    /// One value for each of inputs(), in UTF-8, as it stands: clkhash's CSV reader strips them first (strip()). A null
    /// is an empty value, to which the schema's missingValue may apply; without it an empty integer, date or choice
    /// does not fit, and an empty text has no token. "feature_not_valid": not UTF-8, or not of the feature's format;
    /// "feature_too_long".
    Encoding encode(std::span<const std::string_view> values, Scratch& scratch) const;

  private:
    struct Input {
        const LinkageFeature* feature;
        Tokeniser tokeniser;
        TokenHasher hasher;
    };
    Outcome insert(const Input& input, std::string_view value, Scratch& scratch, TokenCache& cache,
                   bool& has_token) const;
    void fold(std::vector<std::uint8_t>& bits) const noexcept;

    LinkageSchema schema_;
    std::vector<std::string> inputs_;
    std::vector<Input> features_;
};

}  // namespace tributary
