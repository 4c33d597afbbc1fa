#include "tests/unit/courier/delivery_fixture.h"

#include <algorithm>

#include "agent/keys/digest.h"
#include "agent/keys/jws.h"

namespace tributary::testing {

SealedChunk chunk_of(const std::string& stream, const std::string& plain, const std::string& sealed,
                     TimePoint created) {
    SealedChunk chunk;
    Manifest& manifest = chunk.manifest;
    manifest.id = random_hex(16);
    manifest.stream = stream;
    manifest.run = "run-1";
    manifest.created = created;
    manifest.format = "ndjson";
    manifest.rows = static_cast<std::uint64_t>(std::count(plain.begin(), plain.end(), '\n'));
    manifest.plain_bytes = plain.size();
    manifest.plain_sha256 = to_hex(sha256(plain));
    manifest.sealed_bytes = sealed.size();
    manifest.sealed_sha256 = to_hex(sha256(sealed));
    manifest.schema.fields = {{"admitted", ColumnType::date32}, {"ward", ColumnType::utf8}};
    manifest.policy_sha256 = to_hex(sha256("policy"));
    manifest.quality.rows = manifest.rows;
    chunk.sealed = sealed;
    return chunk;
}

void queue(Outbox& outbox, std::vector<SealedChunk> chunks) {
    OutboxCommit commit;
    commit.source = "hospital";
    commit.run = outbox.begin_run(commit.source);
    for (SealedChunk& chunk : chunks) {
        chunk.manifest.run = commit.run;
    }
    commit.chunks = std::move(chunks);
    outbox.commit(commit);
    outbox.end_run(commit.run, RunState::complete, "");
}

Answer answer(Answer::Kind kind, const std::string& message) {
    Answer made;
    made.kind = kind;
    made.message = message;
    return made;
}

LogConfiguration silence() {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::none;
    return configuration;
}

Receipt ScriptedTransport::receipt_for(const Manifest& manifest) const {
    return {manifest.id,       manifest.site,          manifest.stream,
            manifest.sequence, manifest.sealed_sha256, from_rfc3339("2026-11-22T08:31:00.000Z")};
}

Answer ScriptedTransport::honest(const Manifest& manifest) const {
    const auto found = held.find(manifest.id);
    const std::string bytes = found == held.end() ? "" : found->second;
    if (bytes.size() == manifest.sealed_bytes && to_hex(sha256(bytes)) == manifest.sealed_sha256) {
        Answer made = answer(Answer::Kind::receipt);
        made.receipt = sign_receipt(receipt_for(manifest), repository_);
        return made;
    }
    Answer made = answer(Answer::Kind::partial);
    made.held = bytes.size();
    return made;
}

Answer ScriptedTransport::announce(const std::string& chunk_id, const std::string& manifest_jws) {
    const Manifest manifest = parse_manifest(verify_jws(manifest_jws, site_));
    requests.push_back("PUT " + manifest.stream + " " + std::to_string(manifest.sequence));
    announced[chunk_id] = manifest;
    if (on_announce) {
        if (const std::optional<Answer> scripted = on_announce(manifest)) {
            return *scripted;
        }
    }
    return honest(manifest);
}

Answer ScriptedTransport::close_run(const std::string& run, const std::string& run_manifest_jws) {
    const std::string text = verify_jws(run_manifest_jws, site_);
    runs.push_back(parse_run_manifest(text));
    if (on_close_run) {
        if (const std::optional<Answer> scripted = on_close_run(runs.back())) {
            return *scripted;
        }
    }
    Answer made = answer(Answer::Kind::receipt);
    made.receipt = sign_receipt(
        RunReceipt{run, runs.back().site, to_hex(sha256(text)), from_rfc3339("2026-11-22T08:31:00.000Z")}, repository_);
    return made;
}

Answer ScriptedTransport::send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                               const std::function<bool()>& /*stop*/) {
    const Manifest& manifest = announced.at(chunk_id);
    requests.push_back("PATCH " + manifest.stream + " " + std::to_string(manifest.sequence) + " from " +
                       std::to_string(offset));
    if (on_send) {
        if (const std::optional<Answer> scripted = on_send(manifest, offset)) {
            return *scripted;
        }
    }
    std::string& stored = held[chunk_id];
    if (offset == stored.size()) {
        stored.append(bytes);
    }
    return honest(manifest);
}

}  // namespace tributary::testing
