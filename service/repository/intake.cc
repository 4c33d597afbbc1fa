#include "service/repository/intake.h"

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {
namespace {

using Kind = IntakeResult::Kind;

/// JSON numbers are exact up to here (RFC 8259, 6); no site numbers that far.
constexpr std::uint64_t highest_sequence = std::uint64_t{1} << 53U;

IntakeResult receipt(std::string jws) {
    IntakeResult result;
    result.kind = Kind::receipt;
    result.receipt = std::move(jws);
    return result;
}

IntakeResult at_offset(Kind kind, std::uint64_t held, std::string detail = {}) {
    IntakeResult result = refusal(kind, std::move(detail));
    result.held = held;
    return result;
}

const char* words_of(Gap::Kind kind) noexcept {
    switch (kind) {
        case Gap::Kind::missing:
            break;
        case Gap::Kind::chain:
            return "the hash chain is broken: a manifest does not name the one before";
        case Gap::Kind::restart:
            return "the site numbers a stream anew: what its queue of before had not delivered may be missing";
    }
    return "";
}

std::string key_of(const std::string& site, const std::string& id) {
    return site + "/" + id;
}

}  // namespace

Intake::Intake(Ledger& ledger, Store& store, ChunkLocks& locks, AllowList& allowed, PrivateKey signing_key,
               IntakeLimits limits, Clock& clock, Log& log, std::function<void(const LedgerChunk&)> stored)
    : ledger_(ledger),
      store_(store),
      allowed_(allowed),
      signing_key_(std::move(signing_key)),
      limits_(limits),
      clock_(clock),
      log_(log),
      stored_(std::move(stored)),
      locks_(locks),
      quota_(ledger, limits.bytes_a_day, clock) {}

std::optional<IntakeResult> Intake::read(const Peer& peer, const std::string& id, std::string_view jws,
                                         Announced& into) {
    if (auto refused = read_signed(peer, jws, into.text)) {
        return refused;
    }
    try {
        into.manifest = parse_manifest(into.text);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::input || error.code() == ErrorCode::limit) {
            return refusal(Kind::malformed, error.what());
        }
        throw;
    }
    into.jws = jws;
    const Manifest& manifest = into.manifest;
    if (manifest.site != peer.site) {
        return refusal(Kind::foreign, "the manifest is of another site than the client certificate");
    }
    if (const std::string why = allowed_.why_not(manifest.site, manifest.stream); !why.empty()) {
        return refusal(Kind::not_allowed, why);
    }
    if (manifest.id != id) {
        return refusal(Kind::malformed, "the manifest is of another chunk than the path");
    }
    if (manifest.sequence == 0 || manifest.sequence > highest_sequence || manifest.sealed_bytes == 0) {
        return refusal(Kind::malformed, "the manifest's sequence or sealed_bytes is out of bounds");
    }
    if (manifest.sealed_bytes > limits_.sealed_bytes || manifest.plain_bytes > limits_.plain_bytes) {
        return refusal(Kind::too_large, "chunks may have " + std::to_string(limits_.sealed_bytes) +
                                            " bytes sealed and " + std::to_string(limits_.plain_bytes) +
                                            " bytes opened");
    }
    return std::nullopt;
}

/// An answer from the ledger alone: the receipt of a chunk that is there, or why this one cannot be.
std::optional<IntakeResult> Intake::known(const Announced& announced) {
    const Manifest& manifest = announced.manifest;
    if (const std::optional<LedgerChunk> chunk = ledger_.find(manifest.site, manifest.id)) {
        if (chunk->manifest == announced.text) {
            return receipt(chunk->receipt);
        }
        return refusal(Kind::conflict, "this id stands for a chunk with another manifest");
    }
    if (ledger_.holder(manifest)) {
        return refusal(Kind::conflict, "sequence already used: number " + std::to_string(manifest.sequence) +
                                           " of stream " + manifest.stream + " is another chunk here");
    }
    return std::nullopt;
}

/// What was announced and not finished. An announcement that the peer's present certificate did not sign (it was
/// renewed since, or the file is half-written) counts for nothing.
std::optional<Intake::Announced> Intake::pending(const Peer& peer, const std::string& id) {
    const std::optional<std::string> jws = store_.announcement(peer.site, id);
    Announced announced;
    if (!jws || read(peer, id, *jws, announced)) {
        return std::nullopt;
    }
    return announced;
}

IntakeResult Intake::announce(const Peer& peer, const std::string& site, const std::string& id, std::string_view jws) {
    if (const auto refused = check_names(peer, site, id)) {
        return *refused;
    }
    Announced announced;
    if (const auto refused = read(peer, id, jws, announced)) {
        return *refused;
    }
    const ChunkLocks::Held lock(locks_, key_of(site, id));
    if (const auto answer = known(announced)) {
        return *answer;
    }
    const std::optional<Announced> before = pending(peer, id);
    if (before && before->text != announced.text) {
        return refusal(Kind::conflict, "this id was announced with another manifest");
    }
    if (!before) {
        if (!quota_.allows(site, announced.manifest.sealed_bytes)) {
            return refusal(Kind::over_quota, "the site has delivered as much as it may within 24 hours");
        }
        store_.announce(site, id, jws);
        fault_point(FaultPoint::repository_announced);
    }
    const std::uint64_t held = store_.held(site, id);
    if (held > announced.manifest.sealed_bytes) {
        store_.discard_bytes(site, id);
        return at_offset(Kind::partial, 0);
    }
    if (held == announced.manifest.sealed_bytes) {  // a crash came between the last byte and the ledger
        return finish(peer, announced, std::nullopt);
    }
    return at_offset(Kind::partial, held);
}

std::optional<IntakeResult> Intake::check(const Peer& peer, const std::string& site, const std::string& id,
                                          std::uint64_t offset, std::uint64_t length, bool complete) {
    if (auto refused = check_names(peer, site, id)) {
        return refused;
    }
    const ChunkLocks::Held lock(locks_, key_of(site, id));
    if (const std::optional<LedgerChunk> chunk = ledger_.find(site, id)) {
        if (offset + length != chunk->sealed_bytes) {
            return refusal(Kind::too_large, "the chunk is whole already, and has another size");
        }
        return std::nullopt;  // another connection was faster: append() answers with the receipt
    }
    const std::optional<Announced> announced = pending(peer, id);
    if (!announced) {
        return refusal(Kind::unannounced, "announce the chunk with PUT first");
    }
    const std::uint64_t held = store_.held(site, id);
    if (offset != held) {
        return at_offset(Kind::offset_mismatch, held, "the bytes must begin at " + std::to_string(held));
    }
    const std::uint64_t missing = announced->manifest.sealed_bytes - held;
    if (length > missing) {
        return refusal(Kind::too_large, "more bytes than were announced");
    }
    if (complete && length < missing) {
        return refusal(Kind::malformed, "Upload-Complete says that this is all, but announced were more bytes");
    }
    return std::nullopt;
}

IntakeResult Intake::append(const Peer& peer, const std::string& site, const std::string& id, std::uint64_t offset,
                            std::string_view bytes) {
    if (const auto refused = check_names(peer, site, id)) {
        return *refused;
    }
    const ChunkLocks::Held lock(locks_, key_of(site, id));
    if (const std::optional<LedgerChunk> chunk = ledger_.find(site, id)) {
        return receipt(chunk->receipt);
    }
    const std::optional<Announced> announced = pending(peer, id);
    if (!announced) {
        return refusal(Kind::unannounced, "announce the chunk with PUT first");
    }
    const std::uint64_t size = announced->manifest.sealed_bytes;
    const std::uint64_t end = offset + bytes.size();
    if (end > size || end < offset) {
        return refusal(Kind::too_large, "more bytes than were announced");
    }
    // check() saw offset == held; if another connection wrote meanwhile, only what reaches further than it is of use.
    const std::uint64_t held = store_.held(site, id);
    if (offset > held || (offset < held && end <= held)) {
        return at_offset(Kind::offset_mismatch, held, "the bytes must begin at " + std::to_string(held));
    }
    store_.append(site, id, offset, bytes);
    fault_point(FaultPoint::repository_bytes_stored);
    if (end < size) {
        return at_offset(Kind::partial, store_.held(site, id));
    }
    return finish(peer, *announced, offset == 0 ? std::optional(to_hex(sha256(bytes))) : std::nullopt);
}

/// All bytes are there: are they the announced ones? `digest` is theirs if they came in one piece.
IntakeResult Intake::finish(const Peer& peer, const Announced& announced, const std::optional<std::string>& digest) {
    const Manifest& manifest = announced.manifest;
    if ((digest ? *digest : store_.digest(manifest.site, manifest.id)) == manifest.sealed_sha256) {
        return commit(peer, announced);
    }
    store_.discard_bytes(manifest.site, manifest.id);
    log_.warning("an upload's bytes are not the announced ones; they were thrown away",
                 {{"site", manifest.site}, {"stream", manifest.stream}, {"chunk", manifest.id}});
    if (digest) {
        return refusal(Kind::digest_mismatch, "the SHA-256 of the bytes is not the manifest's sealed_sha256");
    }
    // Put together from several pieces: one of them may have suffered. From the beginning, in one piece, it tells.
    return at_offset(Kind::offset_mismatch, 0, "the pieces do not give the announced digest; begin at 0");
}

IntakeResult Intake::commit(const Peer& peer, const Announced& announced) {
    const Manifest& manifest = announced.manifest;
    LedgerChunk chunk;
    chunk.kind = announced.manifest.kind;
    chunk.site = manifest.site;
    chunk.id = manifest.id;
    chunk.stream = manifest.stream;
    chunk.queue = manifest.queue;
    chunk.run = manifest.run;
    chunk.sequence = manifest.sequence;
    chunk.previous = manifest.previous;
    chunk.manifest = announced.text;
    chunk.manifest_sha256 = to_hex(sha256(announced.text));
    chunk.rows = manifest.rows;
    chunk.sealed_bytes = manifest.sealed_bytes;
    chunk.sealed_sha256 = manifest.sealed_sha256;
    chunk.certificate = peer.certificate.fingerprint();
    chunk.received = clock_.now();
    chunk.receipt = sign_receipt(
        {chunk.id, chunk.site, chunk.stream, chunk.sequence, chunk.sealed_sha256, chunk.received}, signing_key_);
    fault_point(FaultPoint::repository_before_store);
    store_.keep(chunk.site, chunk.stream, chunk.id, announced.jws);
    fault_point(FaultPoint::repository_after_store);
    const std::optional<std::vector<Gap>> gaps = ledger_.commit(chunk, peer.certificate.to_pem());
    if (!gaps) {  // another chunk took the sequence number while this one was on its way
        if (const auto answer = known(announced)) {
            return *answer;
        }
        return refusal(Kind::conflict, "sequence already used: number " + std::to_string(chunk.sequence) +
                                           " of stream " + chunk.stream + " is another chunk here");
    }
    fault_point(FaultPoint::repository_after_ledger_commit);
    quota_.add(chunk.site, chunk.sealed_bytes);
    store_.forget(chunk.site, chunk.id);
    report(chunk, *gaps);
    stored_(chunk);
    return receipt(chunk.receipt);
}

void Intake::report(const LedgerChunk& chunk, const std::vector<Gap>& gaps) {
    log_.info("stored", {{"site", chunk.site},
                         {"stream", chunk.stream},
                         {"sequence", chunk.sequence},
                         {"chunk", chunk.id},
                         {"rows", chunk.rows},
                         {"sealed_bytes", chunk.sealed_bytes}});
    for (const Gap& gap : gaps) {
        if (gap.kind == Gap::Kind::missing) {
            continue;  // maybe under way; the gap watch tells when not
        }
        log_.warning(words_of(gap.kind), {{"site", gap.site},
                                          {"stream", gap.stream},
                                          {"numbering", gap.generation},
                                          {"first", gap.first},
                                          {"last", gap.last}});
    }
}

}  // namespace tributary
