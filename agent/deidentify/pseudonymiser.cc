#include "agent/deidentify/pseudonymiser.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "agent/platform/locked_memory.h"

namespace tributary {
namespace {

constexpr std::size_t length_bytes = 4;

void put_length(char* out, std::size_t length) noexcept {
    for (unsigned i = 0; i < length_bytes; ++i) {
        out[i] = static_cast<char>(static_cast<unsigned char>(length >> (24U - 8U * i)));
    }
}

std::string encoded(std::string_view text) {
    std::string result(length_bytes, '\0');
    put_length(result.data(), text.size());
    return result.append(text);
}

/// K; its copy is wiped when the keyed states are made.
KeyedHmac keyed(const LinkageKey& key, std::string_view domain) {
    const std::string_view key_bytes(reinterpret_cast<const char*>(key.bytes().data()), key.bytes().size());
    const Locked<LinkageKey::Bytes> derived(std::in_place);
    hkdf_sha256(key_bytes, {}, std::string("tributary pseudonym v1").append(domain), *derived);
    return KeyedHmac(*derived);
}

/// 128 bits in groups of five, the first bit first; the last character has three bits and two zeros (RFC 4648, section
/// 6).
void write_base32(const Sha256Digest& digest, char* out) noexcept {
    static constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr std::size_t taken = 15;  // three groups of 40 bits, and one byte after them
    for (std::size_t begin = 0; begin < taken; begin += 5) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            bits = bits << 8U | digest[begin + i];
        }
        for (unsigned i = 0; i < 8; ++i) {
            *out++ = alphabet[bits >> (35U - 5U * i) & 31U];
        }
    }
    *out++ = alphabet[digest[taken] >> 3U];
    *out = alphabet[(digest[taken] & 7U) << 2U];
}

}  // namespace

Pseudonymiser::Pseudonymiser(const LinkageKey& key, std::string_view domain, IdentifierType type)
    : type_(type), prefix_(encoded(to_string(type))), hmac_(keyed(key, domain)) {}

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
        write_base32(hmac_.of({message.data(), head + text.size()}), out);
    } else {
        write_base32(hmac_.of({message.data(), head}, text), out);
    }
    return outcome::filled;
}

}  // namespace tributary
