#include "agent/deidentify/clk_encoder.h"

#include <algorithm>

#include "agent/deidentify/feature_format.h"
#include "agent/keys/base64.h"
#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "agent/platform/locked_memory.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::string_view all_reasons[] = {"feature_not_valid", "feature_too_long"};
constexpr Outcome not_valid = outcome::first_reason;
constexpr Outcome too_long = outcome::first_reason + 1;

/// The keys of all features, two each, one after the other; wiped at the end.
class DerivedKeys {
  public:
    DerivedKeys(const LinkageSchema& schema, std::span<const std::uint8_t> secret)
        : size_(schema.key_size()), bytes_(2 * schema.features().size() * size_) {
        const std::string_view input(reinterpret_cast<const char*>(secret.data()), secret.size());
        if (schema.key_derivation() == KeyDerivation::hkdf_sha256) {
            hkdf_sha256(input, schema.salt(), schema.info(), bytes_.bytes());
        } else {
            hkdf_sha512(input, schema.salt(), schema.info(), bytes_.bytes());
        }
    }

    std::span<const std::uint8_t> of(std::size_t feature, std::size_t which) const noexcept {
        return bytes_.bytes().subspan((2 * feature + which) * size_, size_);
    }

  private:
    std::size_t size_;
    LockedMemory bytes_;
};

bool bit_at(const std::vector<std::uint8_t>& bits, std::size_t position) noexcept {
    return (bits[position >> 3U] & (0x80U >> (position & 7U))) != 0;
}

/// XORs the upper half onto the lower one, where halves do not end with a byte.
void fold_bits(std::vector<std::uint8_t>& bits, std::size_t half) noexcept {
    for (std::size_t i = 0; i < half; ++i) {
        if (bit_at(bits, half + i)) {
            bits[i >> 3U] = static_cast<std::uint8_t>(bits[i >> 3U] ^ (0x80U >> (i & 7U)));
        }
    }
    if (half % 8 != 0) {  // what is left of the upper half in the last byte
        bits[half >> 3U] = static_cast<std::uint8_t>(bits[half >> 3U] & (0xff00U >> (half % 8)));
    }
}

}  // namespace

ClkEncoder::ClkEncoder(LinkageSchema schema, std::span<const std::uint8_t> secret) : schema_(std::move(schema)) {
    if (secret.empty()) {
        throw Error(ErrorCode::key, "linkage encodings need a secret; it is empty");
    }
    const DerivedKeys keys(schema_, secret);
    const auto& all = schema_.features();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i].ignored) {
            inputs_.push_back(all[i].identifier);
            features_.push_back(
                {&all[i], Tokeniser(all[i].comparison, encoding_of(all[i].format)),
                 TokenHasher(all[i].hash, keys.of(i, 0), keys.of(i, 1), schema_.hashed_length(), all[i].bits)});
        }
    }
}

std::span<const std::string_view> ClkEncoder::reasons() noexcept {
    return all_reasons;
}

ClkEncoder::Scratch::Scratch(const ClkEncoder& encoder) {
    for (const auto& input : encoder.features_) {
        caches_.push_back(input.hasher.make_cache());
    }
}

ClkEncoder::Encoding ClkEncoder::encode(std::span<const std::string_view> values, Scratch& scratch) const {
    if (values.size() != features_.size()) {
        throw Error(ErrorCode::internal, "an encoding takes one value for each feature that is not ignored");
    }
    scratch.bits_.assign((schema_.hashed_length() + 7) / 8, 0);
    bool has_token = false;
    for (std::size_t i = 0; i < features_.size(); ++i) {
        const auto outcome = insert(features_[i], values[i], scratch, scratch.caches_[i], has_token);
        if (outcome >= outcome::first_reason) {
            return {outcome, i, {}, {}};
        }
    }
    fold(scratch.bits_);
    const std::span<const std::uint8_t> bits(scratch.bits_.data(), (schema_.length() + 7) / 8);
    write_base64({reinterpret_cast<const char*>(bits.data()), bits.size()}, scratch.text_);
    return {has_token ? outcome::filled : outcome::empty, 0, bits, scratch.text_};
}

Outcome ClkEncoder::insert(const Input& input, std::string_view value, Scratch& scratch, TokenCache& cache,
                           bool& has_token) const {
    const auto& feature = *input.feature;
    std::string_view text;
    if (feature.missing && value == feature.missing->sentinel) {
        text = feature.missing->replacement;
    } else {
        if (value.size() > longest_value) {
            return too_long;
        }
        const auto form = find_invalid_utf8(value) == std::string_view::npos
                              ? normal_form(feature.format, value, scratch.format_)
                              : std::nullopt;
        if (!form) {
            return not_valid;
        }
        text = *form;
    }
    const auto count = input.tokeniser.start(text, scratch.tokens_);
    if (!count) {
        return not_valid;
    }
    if (*count == 0) {
        return outcome::empty;
    }
    has_token = true;
    // Shared out, the first tokens take what is left over.
    const std::size_t each = feature.bits_are_per_feature ? feature.bits / *count : feature.bits;
    const std::size_t left_over = feature.bits_are_per_feature ? feature.bits % *count : 0;
    for (std::size_t i = 0; i < *count; ++i) {
        input.hasher.insert(input.tokeniser.token(i, scratch.tokens_), each + (i < left_over ? 1 : 0), scratch.bits_,
                            cache);
    }
    return outcome::filled;
}

void ClkEncoder::fold(std::vector<std::uint8_t>& bits) const noexcept {
    for (std::size_t length = schema_.hashed_length(); length > schema_.length(); length /= 2) {
        const std::size_t half = length / 2;
        if (half % 8 != 0) {
            fold_bits(bits, half);
            continue;
        }
        for (std::size_t i = 0; i < half / 8; ++i) {
            bits[i] = static_cast<std::uint8_t>(bits[i] ^ bits[half / 8 + i]);
        }
    }
}

}  // namespace tributary
