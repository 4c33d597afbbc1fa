#include "agent/outbox/outbox.h"

#include "agent/keys/digest.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/outbox/outbox_schema.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {

namespace {

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
    std::uint64_t total = 0;
    for (const auto& [reason, count] : counts) {
        total += count;
    }
    return total;
}

/// What the repository would have to refuse must not get into the queue: it could never leave it.
std::string checked_manifest_text(const Manifest& manifest, const SealedChunk& chunk) {
    const auto place = "a chunk of stream " + manifest.stream;
    if (chunk.sealed.size() != manifest.sealed_bytes) {
        throw Error(ErrorCode::internal, place + " is not as long as its manifest says");
    }
    auto text = manifest_text(manifest);
    if (text.size() > maximum_manifest_bytes) {
        throw Error(ErrorCode::limit, place + " has a manifest of " + std::to_string(text.size()) + " bytes; at most " +
                                          std::to_string(maximum_manifest_bytes) +
                                          " are allowed: let the policy name fewer fields");
    }
    try {
        parse_manifest(text);
    } catch (const Error& error) {
        throw Error(ErrorCode::internal, place + " cannot be queued: " + error.what());
    }
    return text;
}

void insert_chunk(Database& database, const Manifest& manifest, std::string_view text, std::string_view digest,
                  std::string_view sealed) {
    const auto created = to_milliseconds(manifest.created);
    if (auto same =
            database.query("SELECT 1 FROM chunks WHERE id = ?1 UNION ALL SELECT 1 FROM receipts WHERE chunk_id = ?1");
        same.bind(1, std::string_view(manifest.id)).step()) {
        throw Error(ErrorCode::internal,
                    "the chunk " + manifest.id + " of stream " + manifest.stream + " was committed before");
    }
    database
        .query(
            "INSERT INTO chunks (id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, created, "
            "next_attempt) "
            "VALUES (?1, ?8, ?2, ?3, ?4, ?5, ?6, ?7, 0)")
        .bind(1, std::string_view(manifest.id))
        .bind(2, std::string_view(manifest.stream))
        .bind(3, manifest.sequence)
        .bind(4, manifest.rows)
        .bind(5, manifest.sealed_bytes)
        .bind(6, std::string_view(manifest.sealed_sha256))
        .bind(7, created)
        .bind(8, std::string_view(manifest.queue))
        .run();
    database
        .query(
            "INSERT INTO payloads (chunk, manifest, sealed, manifest_sha256) VALUES (last_insert_rowid(), ?1, ?2, ?3)")
        .bind(1, text)
        .bind_blob(2, sealed)
        .bind(3, digest)
        .run();
}

}  // namespace

void queue_chunk(Database& database, const std::string& site, const std::string& queue, const std::string& run,
                 const SealedChunk& chunk) {
    auto manifest = chunk.manifest;
    manifest.site = site;
    manifest.queue = queue;
    manifest.sequence = 1;
    manifest.previous.clear();
    {
        auto stream = database.query("SELECT next_sequence, last_manifest_sha256, seal FROM streams WHERE stream = ?1");
        if (stream.bind(1, std::string_view(manifest.stream)).step()) {
            check_seal(database, stream.text(2), {manifest.stream, stream.text(0), stream.text(1)},
                       "the place of stream " + manifest.stream);
            manifest.sequence = stream.count(0);
            manifest.previous = stream.text(1);
        }
    }
    const auto text = checked_manifest_text(manifest, chunk);
    const auto digest = to_hex(sha256(text));
    const auto seal = row_seal({manifest.stream, std::to_string(manifest.sequence + 1), digest});
    database
        .query(
            "INSERT INTO streams (stream, next_sequence, last_manifest_sha256, seal) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (stream) DO UPDATE SET next_sequence = ?2, last_manifest_sha256 = ?3, seal = ?4")
        .bind(1, std::string_view(manifest.stream))
        .bind(2, manifest.sequence + 1)
        .bind(3, std::string_view(digest))
        .bind(4, std::string_view(seal))
        .run();
    insert_chunk(database, manifest, text, digest, chunk.sealed);
    add_to_run(database, run, manifest, digest);
}

namespace {

void keep_held_rows(Database& database, const HeldRows& held, const std::string& run, std::int64_t now) {
    std::string reasons;
    for (const auto& [reason, count] : held.reasons) {
        reasons += (reasons.empty() ? "" : ", ") + reason + " " + std::to_string(count);
    }
    database.query("INSERT INTO held_rows (stream, run, rows, reasons, sealed, stored) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(1, std::string_view(held.stream))
        .bind(2, std::string_view(run))
        .bind(3, sum(held.reasons))
        .bind(4, std::string_view(reasons))
        .bind_blob(5, held.sealed)
        .bind(6, now)
        .run();
}

void move_source(Database& database, const OutboxCommit& commit, std::int64_t now) {
    const auto place = row_seal({commit.source, commit.checkpoint});
    database
        .query(
            "INSERT INTO checkpoints (source, checkpoint, run, stored, seal) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (source) DO UPDATE SET checkpoint = ?2, run = ?3, stored = ?4, seal = ?5")
        .bind(1, std::string_view(commit.source))
        .bind_blob(2, commit.checkpoint)
        .bind(3, std::string_view(commit.run))
        .bind(4, now)
        .bind(5, std::string_view(place))
        .run();
    for (const auto& mark : commit.marks) {
        const auto seal = row_seal({commit.source, mark});
        database.query("INSERT INTO marks (source, mark, stored, seal) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
            .bind(1, std::string_view(commit.source))
            .bind_blob(2, mark)
            .bind(3, now)
            .bind(4, std::string_view(seal))
            .run();
    }
}

void count_for_run(Database& database, const std::string& source, const std::string& run, const Quality& totals,
                   std::size_t chunks) {
    database
        .query(
            "UPDATE runs SET rows = rows + ?2, rejected = rejected + ?3, chunks = chunks + ?4 "
            "WHERE id = ?1 AND source = ?5 AND state = 0")
        .bind(1, std::string_view(run))
        .bind(2, totals.rows)
        .bind(3, sum(totals.rejected))
        .bind(4, std::uint64_t{chunks})
        .bind(5, std::string_view(source))
        .run();
    if (database.changes() != 1) {
        throw Error(ErrorCode::internal, "the source " + source + " commits to a run that is not under way");
    }
}

}  // namespace

Outbox::Outbox(const std::filesystem::path& file, const std::string& site, Clock& clock, Mode mode,
               std::uint64_t maximum_bytes) {
    if (!is_site(site)) {
        throw Error(ErrorCode::configuration, "a site is 2 to 12 upper-case letters and digits (its ODS code)");
    }
    auto database = mode == Mode::write ? open_outbox_to_write(file, site) : open_outbox_to_read(file, site);
    if (maximum_bytes > 0) {
        database->limit_size(maximum_bytes);
    }
    implementation_ = std::make_unique<Implementation>(std::move(database), site, clock);
    implementation_->measure();
}

Outbox::~Outbox() = default;

std::string Outbox::checkpoint(const std::string& source) const {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    auto row = database.query("SELECT checkpoint, seal FROM checkpoints WHERE source = ?1");
    if (!row.bind(1, std::string_view(source)).step()) {
        return {};
    }
    std::string checkpoint(row.blob(0));
    check_seal(database, row.text(1), {source, checkpoint}, "the place of source " + source);
    return checkpoint;
}

bool Outbox::marked(const std::string& source, std::string_view mark) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query("SELECT 1 FROM marks WHERE source = ?1 AND mark = ?2");
    return row.bind(1, std::string_view(source)).bind_blob(2, mark).step();
}

std::optional<TimePoint> Outbox::last_completed(const std::string& source) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query("SELECT max(ended) FROM runs WHERE source = ?1 AND state = ?2");
    row.bind(1, std::string_view(source)).bind(2, static_cast<std::int64_t>(RunState::complete));
    if (!row.step() || row.is_null(0)) {
        return std::nullopt;
    }
    return from_milliseconds(row.integer(0));
}

void Outbox::use_open_chunks(Certificate repository, SiteKeyring site) {
    const std::lock_guard lock(implementation_->mutex);
    implementation_->open_chunks.use(std::move(repository), std::move(site));
}

/// Within a transaction.
QueuedChunks Outbox::Implementation::commit(const OutboxCommit& commit) {
    QueuedChunks queued;
    for (const auto& rows : commit.open_rows) {
        queued.add(open_chunks.add(commit.source, rows, now()));
        if (rows.held()) {
            keep_held_rows(*database, *rows.held(), commit.run, now());
        }
    }
    if (!commit.chunks.empty()) {
        queued.add(open_chunks.close_source(commit.source, now()));
    }
    for (const auto& chunk : commit.chunks) {
        queue_chunk(*database, site, queue, commit.run, chunk);
        queued.add({1, chunk.sealed.size()});
        if (chunk.held) {
            keep_held_rows(*database, *chunk.held, commit.run, now());
        }
    }
    move_source(*database, commit, now());
    count_for_run(*database, commit.source, commit.run, commit.totals, commit.chunks.size());
    return queued;
}

/// All in one transaction; if that fails each in its own, so that one suffers for no other.
void Outbox::Implementation::commit_group(std::span<GroupCommit<OutboxCommit, QueuedChunks>::Member* const> members) {
    const std::lock_guard lock(mutex);
    try {
        in_transaction([&](Database&) {
            for (auto* member : members) {
                member->result = commit(*member->request);
            }
            fault_point(FaultPoint::outbox_before_commit);
            return true;
        });
    } catch (...) {
        if (members.size() > 1) {
            for (std::size_t i = 0; i < members.size(); ++i) {
                alone(*members[i]);
            }
        } else {
            members.front()->failure = std::current_exception();
        }
    }
    measure();
}

void Outbox::Implementation::alone(GroupCommit<OutboxCommit, QueuedChunks>::Member& member) {
    try {
        member.result = in_transaction([&](Database&) { return commit(*member.request); });
    } catch (...) {
        member.failure = std::current_exception();
    }
}

QueuedChunks Outbox::commit(const OutboxCommit& commit) {
    auto queued =
        implementation_->group.submit(commit, [this](const auto& group) { implementation_->commit_group(group); });
    fault_point(FaultPoint::outbox_after_commit);
    return queued;
}

QueuedChunks Outbox::close_open_chunks(const std::string& source) {
    const std::lock_guard lock(implementation_->mutex);
    auto& self = *implementation_;
    if (!self.open_chunks.any_of(source)) {
        return {};
    }
    auto queued = self.in_transaction([&](Database&) { return self.open_chunks.close_source(source, self.now()); });
    self.measure();
    return queued;
}

void Outbox::commit(const RetractionCommit& commit) {
    const std::lock_guard lock(implementation_->mutex);
    auto& self = *implementation_;
    self.in_transaction([&](Database& database) {
        self.open_chunks.close_source(commit.source, self.now());
        for (const auto& chunk : commit.chunks) {
            queue_chunk(database, self.site, self.queue, commit.run, chunk);
        }
        database
            .query(
                "INSERT INTO opt_outs (stream, remembered, stored) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (stream) DO UPDATE SET remembered = ?2, stored = ?3")
            .bind(1, std::string_view(commit.stream))
            .bind_blob(2, commit.remembered)
            .bind(3, self.now())
            .run();
        count_for_run(database, commit.source, commit.run, {}, commit.chunks.size());
        fault_point(FaultPoint::outbox_before_retraction);
        return true;
    });
    self.measure();
    fault_point(FaultPoint::outbox_after_retraction);
}

std::string Outbox::remembered_opt_outs(const std::string& stream) const {
    const std::lock_guard lock(implementation_->mutex);
    auto row = implementation_->database->query("SELECT remembered FROM opt_outs WHERE stream = ?1");
    return row.bind(1, std::string_view(stream)).step() ? std::string(row.blob(0)) : std::string();
}

bool Outbox::has_begun(const std::string& stream) const {
    const std::lock_guard lock(implementation_->mutex);
    return implementation_->database
        ->query(
            "SELECT 1 FROM streams WHERE stream = ?1 UNION ALL SELECT 1 FROM open_chunks WHERE stream = ?1 "
            "UNION ALL SELECT 1 FROM property WHERE name = 'after_loss'")
        .bind(1, std::string_view(stream))
        .step();
}

}  // namespace tributary
