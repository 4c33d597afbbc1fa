#include "agent/outbox/open_chunks.h"

#include <span>
#include <utility>

#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/keys/wiped.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"

namespace tributary {

namespace {

/// A sealed key of 64 bytes has some 600.
constexpr std::size_t longest_sealed_key = 16U << 10U;

std::string associated(const std::string& id, std::int64_t row) {
    return id + ":" + std::to_string(row);
}

/// The manifest of the chunk that is begun, as one that nothing is in: it reads as any other.
Manifest begun_manifest(const Manifest& chunk, const std::string& site, const std::string& queue, std::int64_t now) {
    auto manifest = chunk;
    const auto nothing = to_hex(sha256(""));
    manifest.id = random_hex(16);
    manifest.site = site;
    manifest.queue = queue;
    manifest.sequence = 1;
    manifest.previous.clear();
    manifest.created = from_milliseconds(now);
    manifest.plain_sha256 = nothing;
    manifest.sealed_sha256 = nothing;
    manifest.sealed_bytes = 1;
    return manifest;
}

constexpr const char* chunk_is_not_what_was_stored = "an open chunk";

}  // namespace

const OpenChunks::Sealing& OpenChunks::sealing() const {
    if (!sealing_) {
        throw Error(ErrorCode::internal, "an open chunk is used before the queue was told whom to seal it to");
    }
    return *sealing_;
}

std::int64_t OpenChunks::take_row_number() {
    if (!next_row_) {
        next_row_ = database_.integer("SELECT coalesce(max(number), 0) + 1 FROM open_rows");
    }
    return (*next_row_)++;
}

OpenChunks::Open& OpenChunks::begin(const std::string& source, const OpenRows& rows, std::int64_t now) {
    auto manifest = begun_manifest(rows.chunk(), site_, queue_, now);
    const auto text = manifest_text(manifest);
    if (text.size() > longest_begun_manifest) {
        throw Error(ErrorCode::limit, "a chunk of stream " + manifest.stream + " has a manifest of " +
                                          std::to_string(text.size()) + " bytes before it has rows; at most " +
                                          std::to_string(longest_begun_manifest) +
                                          " are allowed: let the policy name fewer fields");
    }
    LockedMemory key(Siv::key_bytes);
    fill_random(key.bytes());
    const auto sealed = seal(key.text(), sealing().site.certificate());
    const auto row_is = row_seal({manifest.id, source, manifest.stream, manifest.run, text, sealed});
    database_
        .query(
            "INSERT INTO open_chunks (id, source, stream, run, manifest, key, created, seal, shuffled) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(1, std::string_view(manifest.id))
        .bind(2, std::string_view(source))
        .bind(3, std::string_view(manifest.stream))
        .bind(4, std::string_view(manifest.run))
        .bind(5, std::string_view(text))
        .bind_blob(6, sealed)
        .bind(7, now)
        .bind(8, std::string_view(row_is))
        .bind(9, std::int64_t{rows.shuffled() ? 1 : 0})
        .run();
    const auto number = database_.integer("SELECT last_insert_rowid()");
    const auto stream = manifest.stream;
    open_.erase(stream);
    return open_
        .emplace(stream,
                 Open{number, source, std::make_shared<const Manifest>(std::move(manifest)), Siv(key.bytes()), 0})
        .first->second;
}

QueuedChunks OpenChunks::add(const std::string& source, const OpenRows& rows, std::int64_t now) {
    const auto encoded = encode_open_rows(rows);
    QueuedChunks closed;
    auto found = open_.find(rows.chunk().stream);
    if (found != open_.end() &&
        (!rows.fit(*found->second.chunk) || found->second.bytes + encoded.size() > full_bytes)) {
        closed = close_source(source, now);
        found = open_.end();
    }
    Open& open = found == open_.end() ? begin(source, rows, now) : found->second;
    const auto number = take_row_number();
    std::string sealed;
    open.key.seal(encoded, sealed, associated(open.chunk->id, number));
    const auto seal = row_seal({std::to_string(number), sealed});
    database_.query("INSERT INTO open_rows (number, chunk, rows, sealed, seal) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(1, number)
        .bind(2, open.number)
        .bind(3, rows.rows())
        .bind_blob(4, sealed)
        .bind(5, std::string_view(seal))
        .run();
    open.bytes += encoded.size();
    if (open.bytes >= full_bytes) {
        closed.add(close_source(source, now));
    }
    return closed;
}

std::vector<OpenChunks::Stored> OpenChunks::stored(Query& query) const {
    std::vector<Stored> chunks;
    while (query.step()) {
        Stored chunk{query.integer(0),
                     query.text(1),
                     query.text(2),
                     query.text(3),
                     query.text(4),
                     query.text(5),
                     std::string(query.blob(6)),
                     query.integer(7) != 0};
        check_seal(database_, query.text(8),
                   {chunk.id, chunk.source, chunk.stream, chunk.run, chunk.manifest, chunk.key},
                   chunk_is_not_what_was_stored);
        chunks.push_back(std::move(chunk));
    }
    return chunks;
}

std::vector<OpenChunks::Stored> OpenChunks::of_source(const std::string& source) const {
    auto query = database_.query(
        "SELECT number, id, source, stream, run, manifest, key, shuffled, seal FROM open_chunks WHERE source = ?1 AND "
        "run <> '' "
        "ORDER BY number");
    query.bind(1, std::string_view(source));
    return stored(query);
}

bool OpenChunks::any_of(const std::string& source) const {
    auto row = database_.query("SELECT 1 FROM open_chunks WHERE source = ?1 AND run <> ''");
    return row.bind(1, std::string_view(source)).step();
}

QueuedChunks OpenChunks::close_source(const std::string& source, std::int64_t now) {
    QueuedChunks queued;
    for (const auto& chunk : of_source(source)) {
        queued.add(close(chunk, chunk.run, now));
    }
    return queued;
}

QueuedChunks OpenChunks::close_run(const std::string& run, std::int64_t now) {
    std::vector<Stored> chunks;
    {
        auto query = database_.query(
            "SELECT number, id, source, stream, run, manifest, key, shuffled, seal FROM open_chunks WHERE run = ?1 "
            "ORDER BY number");
        query.bind(1, std::string_view(run));
        chunks = stored(query);
    }
    QueuedChunks queued;
    for (const auto& chunk : chunks) {
        if (const auto closed = try_to_close(chunk, run, now)) {
            queued.add(*closed);
            continue;
        }
        const auto seal = row_seal({chunk.id, chunk.source, chunk.stream, "", chunk.manifest, chunk.key});
        database_.query("UPDATE open_chunks SET run = '', seal = ?2 WHERE number = ?1")
            .bind(1, chunk.number)
            .bind(2, std::string_view(seal))
            .run();
    }
    return queued;
}

/// Nothing, and nothing changed, if it cannot be sealed whatever the disk does: a run must be able to end all the same.
std::optional<QueuedChunks> OpenChunks::try_to_close(const Stored& chunk, const std::string& run, std::int64_t now) {
    database_.execute("SAVEPOINT closing");
    try {
        const auto queued = close(chunk, run, now);
        database_.execute("RELEASE closing");
        return queued;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::storage || error.code() == ErrorCode::corrupt ||
            error.code() == ErrorCode::in_use) {
            throw;
        }
        database_.execute("ROLLBACK TO closing");
        database_.execute("RELEASE closing");
        return std::nullopt;
    }
}

std::vector<std::string> OpenChunks::sources_to_recover() const {
    std::vector<std::string> sources;
    auto row = database_.query("SELECT DISTINCT source FROM open_chunks WHERE run = '' ORDER BY source");
    while (row.step()) {
        sources.push_back(row.text(0));
    }
    return sources;
}

QueuedChunks OpenChunks::recover(const std::string& source, const std::string& run, std::int64_t now) {
    std::vector<Stored> chunks;
    {
        auto query = database_.query(
            "SELECT number, id, source, stream, run, manifest, key, shuffled, seal FROM open_chunks WHERE source = ?1 "
            "AND "
            "run = '' ORDER BY number");
        query.bind(1, std::string_view(source));
        chunks = stored(query);
    }
    QueuedChunks queued;
    for (const auto& chunk : chunks) {
        queued.add(try_to_close(chunk, run, now).value_or(QueuedChunks{}));
    }
    return queued;
}

/// Error(key) if it is sealed to another key than the site's.
Siv OpenChunks::key_of(const Stored& chunk) const {
    if (const auto open = open_.find(chunk.stream); open != open_.end() && open->second.number == chunk.number) {
        return open->second.key;
    }
    try {
        auto text = sealing().site.open(chunk.key, longest_sealed_key);
        const Wiped wiped(text);
        return Siv(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    } catch (const Error& error) {
        throw Error(ErrorCode::key, error.what());
    }
}

/// Into the sealer, and what they count into the manifest.
void OpenChunks::seal_rows(const Stored& chunk, Manifest& manifest) {
    Siv key = key_of(chunk);
    const auto fields = manifest.quality.fields;
    std::vector<std::string> shuffled;
    auto row = database_.query("SELECT number, sealed, seal FROM open_rows WHERE chunk = ?1 ORDER BY number");
    row.bind(1, chunk.number);
    while (row.step()) {
        check_seal(database_, row.text(2), {row.text(0), row.blob(1)}, "rows of an open chunk");
        const auto plain = key.open(row.blob(1), associated(chunk.id, row.integer(0)));
        if (!plain) {
            throw Error(ErrorCode::key, "rows of an open chunk cannot be opened");
        }
        auto rows = decode_open_rows(*plain, fields);
        if (chunk.shuffled) {
            shuffled.push_back(std::move(rows.encoded));
        } else {
            sealer_->add(rows.encoded);
        }
        manifest.rows += rows.rows;
        manifest.quality.merge(rows.quality);
    }
    std::vector<std::uint64_t> random(shuffled.size() + 1);
    fill_random({reinterpret_cast<std::uint8_t*>(random.data()), random.size() * sizeof(std::uint64_t)});
    for (std::size_t i = shuffled.size(); i > 1; --i) {
        std::swap(shuffled[i - 1], shuffled[random[i] % i]);
    }
    for (const auto& rows : shuffled) {
        sealer_->add(rows);
    }
}

/// Error(key) before anything is changed, if it cannot be opened.
QueuedChunks OpenChunks::close(const Stored& chunk, const std::string& run, std::int64_t now) {
    auto manifest = parse_manifest(chunk.manifest);
    if (!sealer_) {
        sealer_ = std::make_unique<ChunkSealer>();
    }
    sealer_->clear();
    if (!manifest.schema.fields.empty()) {
        sealer_->add(
            encoded_header(manifest.format == "csv" ? RecordFormat::csv : RecordFormat::ndjson, manifest.schema));
    }
    seal_rows(chunk, manifest);
    manifest.run = run;
    manifest.created = from_milliseconds(now);
    SealedChunk sealed;
    sealed.sealed = sealer_->finish(sealing().repository, manifest);
    sealed.manifest = std::move(manifest);
    queue_chunk(database_, site_, queue_, run, sealed);
    database_.query("UPDATE runs SET chunks = chunks + 1 WHERE id = ?1").bind(1, std::string_view(run)).run();
    database_.query("DELETE FROM open_rows WHERE chunk = ?1").bind(1, chunk.number).run();
    database_.query("DELETE FROM open_chunks WHERE number = ?1").bind(1, chunk.number).run();
    fault_point(FaultPoint::outbox_in_close);
    if (const auto open = open_.find(chunk.stream); open != open_.end() && open->second.number == chunk.number) {
        open_.erase(open);
    }
    return {1, sealed.sealed.size()};
}

void check_open_chunks(Database& database) {
    {
        auto row = database.query("SELECT id, source, stream, run, manifest, key, seal FROM open_chunks");
        while (row.step()) {
            check_seal(database, row.text(6),
                       {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.blob(5)},
                       chunk_is_not_what_was_stored);
        }
    }
    auto row = database.query("SELECT number, sealed, seal FROM open_rows");
    while (row.step()) {
        check_seal(database, row.text(2), {row.text(0), row.blob(1)}, "rows of an open chunk");
    }
}

}  // namespace tributary
