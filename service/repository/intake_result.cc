#include "service/repository/intake_result.h"

#include "agent/keys/jws.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"

namespace tributary {

using Kind = IntakeResult::Kind;

IntakeResult refusal(Kind kind, std::string detail) {
    IntakeResult result;
    result.kind = kind;
    result.detail = std::move(detail);
    return result;
}

std::optional<IntakeResult> check_names(const Peer& peer, const std::string& site, const std::string& id) {
    if (!is_site(site) || !is_chunk_id(id)) {
        return refusal(Kind::malformed, "the path is not /v1/sites/{site}/chunks/{id} or /v1/sites/{site}/runs/{id}");
    }
    if (site != peer.site) {
        return refusal(Kind::foreign,
                       "the client certificate is that of site " + peer.site + ", the path that of " + site);
    }
    return std::nullopt;
}

std::optional<IntakeResult> read_signed(const Peer& peer, std::string_view jws, std::string& text) {
    try {
        text = verify_jws(jws, peer.certificate);
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::refused) {
            throw;
        }
        return refusal(Kind::unsigned_by_peer, error.what());
    }
}

}  // namespace tributary
