#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/keys/public_key.h"
#include "agent/platform/clock.h"

namespace tributary {

/// Where the log stands: its last line, signed by the site before that line is written to the log. So a crash leaves
/// either the old state or a log that lacks (part of) exactly the line that the head holds; all else is not of our
/// doing.
struct AuditHead {
    std::string site;
    std::uint64_t sequence = 0;
    std::string hash;  ///< SHA-256 of `line`
    TimePoint time;
    std::string line;          ///< without its line end
    std::uint64_t file = 1;    ///< number of the log file in which the line stands
    std::uint64_t offset = 0;  ///< where in it the line begins, bytes
    std::string signer;        ///< PublicKey::fingerprint of the key that signed

    std::uint64_t end() const noexcept { return offset + line.size() + 1; }
};

/// A compact JWS (agent/keys/jws.h).
std::string sign_head(const AuditHead& head, const PrivateKey& key);

/// What a head's text is worth to the holder of a key.
struct ReadHead {
    std::optional<AuditHead> head;  ///< none: it has not the form of a head
    bool signed_by_key = false;
    std::string fault;  ///< why it has no form, or why its signature does not verify
};
/// Never throws for what the text holds.
ReadHead read_head(std::string_view text, const PublicKey& signer);

}  // namespace tributary
