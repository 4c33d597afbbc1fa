#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/keys/certificate.h"

namespace tributary {

/// Who speaks: the site that the client certificate names, and the certificate, whose key must have signed manifests.
struct Peer {
    std::string site;
    Certificate certificate;
};

/// What the intake decided; the request handler turns it into a status.
struct IntakeResult {
    enum class Kind {
        receipt,           ///< the whole chunk, or the run manifest, is stored; `receipt` is set
        partial,           ///< `held` bytes are stored; the rest is wanted
        offset_mismatch,   ///< the bytes do not begin at `held`
        unannounced,       ///< no announcement is known
        malformed,         ///< the manifest or the request does not have the form it must have
        unsigned_by_peer,  ///< the signature is not one of the client certificate's key
        foreign,           ///< another site's path or manifest
        not_allowed,       ///< a site or stream that the repository does not take
        conflict,          ///< the id or the sequence number stands for something else already
        over_quota,        ///< the site has delivered as much as it may for now
        too_large,         ///< beyond a limit, or beyond what was announced
        digest_mismatch    ///< the bytes are not the announced ones
    };
    Kind kind = Kind::malformed;
    std::uint64_t held = 0;
    std::string receipt;
    std::string detail;  ///< for people
};

IntakeResult refusal(IntakeResult::Kind kind, std::string detail);
/// Whether the path is one of this peer: nothing if so.
std::optional<IntakeResult> check_names(const Peer& peer, const std::string& site, const std::string& id);
/// Puts into `text` what the peer has signed; the refusal if it has not.
std::optional<IntakeResult> read_signed(const Peer& peer, std::string_view jws, std::string& text);

}  // namespace tributary
