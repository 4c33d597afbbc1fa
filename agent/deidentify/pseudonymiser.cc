#include "agent/deidentify/pseudonymiser.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "agent/deidentify/derived_key.h"
#include "agent/keys/base32.h"

namespace tributary {
namespace {

constexpr std::size_t length_bytes = 4;

void put_length(char* out, std::size_t length) noexcept {
    for (unsigned i = 0; i < length_bytes; ++i) {
        out[i] = static_cast<char>(static_cast<unsigned char>(length >> (24U - 8U * i)));
    }
}

KeyedHmac keyed(const LinkageKey& key, std::string_view domain) {
    return KeyedHmac(DerivedKey(key, "tributary pseudonym v1", domain, LinkageKey::size).bytes());
}

/// RFC 4648: the last of the 26 characters has three bits and two zeros.
void write_pseudonym(const Sha256Digest& digest, char* out) noexcept {
    constexpr std::size_t taken = 16;
    write_base32(std::span(digest).first<taken>(), out);
}

}  // namespace

Pseudonymiser::Pseudonymiser(const LinkageKey& key, std::string_view domain, IdentifierType type)
    : type_(type), prefix_(length_prefixed(to_string(type))), hmac_(keyed(key, domain)) {}

std::optional<std::string> Pseudonymiser::of(std::string_view value) const {
    std::string pseudonym(length, '\0');
    return write(value, pseudonym.data()) == outcome::filled ? std::optional(std::move(pseudonym)) : std::nullopt;
}

Outcome Pseudonymiser::write(std::string_view value, char* out) const {
    NormalisationScratch scratch;
    const auto [outcome, text] = normalise(type_, value, scratch);
    if (outcome != outcome::filled) {
        return outcome;
    }
    // Left as it is on purpose: only what is written is read.
    std::array<char, 128> message;
    const std::size_t head = prefix_.size() + length_bytes;
    std::memcpy(message.data(), prefix_.data(), prefix_.size());
    put_length(message.data() + prefix_.size(), text.size());
    if (head + text.size() <= message.size()) {
        std::memcpy(message.data() + head, text.data(), text.size());
        write_pseudonym(hmac_.of({message.data(), head + text.size()}), out);
    } else {
        write_pseudonym(hmac_.of({message.data(), head}, text), out);
    }
    return outcome::filled;
}

}  // namespace tributary
