#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/deidentify/action.h"
#include "agent/deidentify/normalise.h"
#include "agent/keys/digest.h"
#include "agent/keys/linkage_key.h"

namespace tributary {

/// Turns identifiers of one type into pseudonyms of one domain under one linkage key, "tributary-pseudonym-v1":
///
///     base32_lower(first 16 bytes of HMAC-SHA256(K, encode(type) || encode(normalised value)))
///     K = HKDF-SHA256(linkage key, no salt, info = "tributary pseudonym v1" || domain), 32 bytes
///     encode(x) = length of x in bytes, four bytes, big-endian || x
///
/// A pseudonym is 26 characters of RFC 4648's base32 alphabet in lower case, without padding. Immutable; may be shared
/// between threads.
class Pseudonymiser {
  public:
    static constexpr std::size_t length = 26;
    static constexpr std::string_view algorithm = "tributary-pseudonym-v1";

    Pseudonymiser(const LinkageKey& key, std::string_view domain, IdentifierType type);

    IdentifierType type() const noexcept { return type_; }
    /// Why a value can have no pseudonym, in the order of write()'s outcomes.
    std::span<const std::string_view> reasons() const noexcept { return normalisation_reasons(type_); }

    /// The value's pseudonym; nothing if it is empty or does not validate.
    std::optional<std::string> of(std::string_view value) const;

    /// Writes `length` characters to `out` if the value is `filled`; otherwise nothing.
    Outcome write(std::string_view value, char* out) const;

  private:
    IdentifierType type_;
    std::string prefix_;  ///< encode(type)
    KeyedHmac hmac_;
};

}  // namespace tributary
