#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/keys/site_keyring.h"
#include "agent/keys/siv.h"
#include "agent/outbox/chunk_sealer.h"
#include "agent/outbox/database.h"
#include "agent/outbox/open_rows.h"

namespace tributary {

/// Chunks that became part of the queue.
struct QueuedChunks {
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;  ///< sealed

    void add(const QueuedChunks& more) {
        chunks += more.chunks;
        bytes += more.bytes;
    }
};

/// The queue's open chunks: rows that trickle in wait there, each commit's encrypted (AES-SIV) under a key of the
/// chunk's own, which is stored sealed to the site; the site's private key alone opens it. Closed, they become one
/// sealed chunk. For outbox*.cc only: every call but the constructor stands in the caller's transaction and under its
/// mutex.
class OpenChunks {
  public:
    /// Rows of more bytes than this make the chunk be closed; with the largest OpenRows more it still can be sealed.
    static constexpr std::uint64_t full_bytes = 2U << 20U;
    /// A chunk that says more of itself before it has rows is not begun (Error limit): with its counts it could come to
    /// be larger than maximum_manifest_bytes, and would never leave.
    static constexpr std::size_t longest_begun_manifest = maximum_manifest_bytes / 3;

    OpenChunks(Database& database, std::string site, std::string queue)
        : database_(database), site_(std::move(site)), queue_(std::move(queue)) {}

    /// Before anything is added or closed.
    void use(Certificate repository, SiteKeyring site) { sealing_ = {std::move(repository), std::move(site)}; }

    /// Where they do not fit into the stream's open chunk, all of the source are closed first; afterwards if one is
    /// full.
    QueuedChunks add(const std::string& source, const OpenRows& rows, std::int64_t now);
    QueuedChunks close_source(const std::string& source, std::int64_t now);
    /// What cannot be sealed (the site has another key now) stays, without a run, for recover().
    QueuedChunks close_run(const std::string& run, std::int64_t now);
    /// Sources of which there is such.
    std::vector<std::string> sources_to_recover() const;
    /// Closes what can be opened again as of this run.
    QueuedChunks recover(const std::string& source, const std::string& run, std::int64_t now);
    bool any_of(const std::string& source) const;

    /// After a rollback: what is known here of the database may not be so. Rows go into new open chunks then.
    void forget() noexcept {
        open_.clear();
        next_row_.reset();
    }

  private:
    struct Sealing {
        Certificate repository;
        SiteKeyring site;
    };
    /// One that rows may go into.
    struct Open {
        std::int64_t number = 0;
        std::string source;
        std::shared_ptr<const Manifest> chunk;
        Siv key;
        std::uint64_t bytes = 0;
    };
    /// One as it is stored.
    struct Stored {
        std::int64_t number = 0;
        std::string id;
        std::string source;
        std::string stream;
        std::string run;
        std::string manifest;
        std::string key;
        bool shuffled = false;
    };

    const Sealing& sealing() const;
    Open& begin(const std::string& source, const OpenRows& rows, std::int64_t now);
    std::int64_t take_row_number();
    std::vector<Stored> stored(Query& query) const;
    std::vector<Stored> of_source(const std::string& source) const;
    QueuedChunks close(const Stored& chunk, const std::string& run, std::int64_t now);
    std::optional<QueuedChunks> try_to_close(const Stored& chunk, const std::string& run, std::int64_t now);
    Siv key_of(const Stored& chunk) const;
    void seal_rows(const Stored& chunk, Manifest& manifest);

    Database& database_;
    const std::string site_;
    const std::string queue_;
    std::optional<Sealing> sealing_;
    std::unique_ptr<ChunkSealer> sealer_;  // large; made with the first chunk that is closed
    std::map<std::string, Open> open_;     // by stream
    std::optional<std::int64_t> next_row_;
};

/// Throws Error(corrupt), and the file counts as damaged, if a stored open chunk is not what was stored.
void check_open_chunks(Database& database);

}  // namespace tributary
