#include "service/repository/run_intake.h"

#include "agent/courier/receipt.h"
#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

using Kind = IntakeResult::Kind;

IntakeResult answer(const LedgerRun& known, const LedgerRun& run) {
    if (known.text != run.text) {
        return refusal(Kind::conflict, "this id stands for a run with another manifest");
    }
    IntakeResult result;
    result.kind = Kind::receipt;
    result.receipt = known.receipt;
    return result;
}

}  // namespace

RunIntake::RunIntake(Ledger& ledger, AllowList& allowed, PrivateKey signing_key, Clock& clock, Log& log)
    : ledger_(ledger), allowed_(allowed), signing_key_(std::move(signing_key)), clock_(clock), log_(log) {}

std::optional<IntakeResult> RunIntake::read(const Peer& peer, const std::string& id, std::string_view jws,
                                            LedgerRun& into) {
    if (auto refused = read_signed(peer, jws, into.text)) {
        return refused;
    }
    try {
        into.manifest = parse_run_manifest(into.text);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::input || error.code() == ErrorCode::limit) {
            return refusal(Kind::malformed, error.what());
        }
        throw;
    }
    if (into.manifest.site != peer.site) {
        return refusal(Kind::foreign, "the run manifest is of another site than the client certificate");
    }
    for (const auto& stream : into.manifest.streams) {
        if (const std::string why = allowed_.why_not(into.manifest.site, stream.stream); !why.empty()) {
            return refusal(Kind::not_allowed, why);
        }
    }
    if (into.manifest.id != id) {
        return refusal(Kind::malformed, "the run manifest is of another run than the path");
    }
    return std::nullopt;
}

IntakeResult RunIntake::close(const Peer& peer, const std::string& site, const std::string& id, std::string_view jws) {
    if (const auto refused = check_names(peer, site, id)) {
        return *refused;
    }
    LedgerRun run;
    if (const auto refused = read(peer, id, jws, run)) {
        return *refused;
    }
    if (const auto known = ledger_.find_run(site, id)) {
        return answer(*known, run);
    }
    run.jws = jws;
    run.certificate = peer.certificate.fingerprint();
    run.received = clock_.now();
    run.receipt = sign_receipt(RunReceipt{id, site, to_hex(sha256(run.text)), run.received}, signing_key_);
    if (!ledger_.commit(run, peer.certificate.to_pem())) {  // another connection was faster
        return answer(ledger_.find_run(site, id).value(), run);
    }
    fault_point(FaultPoint::repository_after_run_commit);
    log_.info("a run is over", {{"site", site},
                                {"source", run.manifest.source},
                                {"run", id},
                                {"state", std::string(to_string(run.manifest.state))},
                                {"streams", run.manifest.streams.size()}});
    return answer(run, run);
}

}  // namespace tributary
