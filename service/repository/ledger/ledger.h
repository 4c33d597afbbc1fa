#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "agent/keys/certificate.h"
#include "agent/outbox/manifest.h"
#include "agent/outbox/run_manifest.h"
#include "agent/platform/clock.h"
#include "service/repository/ledger/ledger_database.h"

namespace tributary {

enum class StoredState {
    stored,     ///< sealed, acknowledged, waits to be opened
    landed,     ///< its rows lie in the landing folder
    unopenable  ///< it could not be opened; the sealed chunk is kept
};

std::string_view to_string(StoredState state) noexcept;

/// What the repository knows of a chunk that it acknowledged.
struct LedgerChunk {
    std::string site;
    std::string id;
    std::string stream;
    std::string queue;  ///< Manifest::queue
    std::string run;    ///< Manifest::run
    /// The place of that queue among those that the site has numbered this stream with, from 1; given by commit(). A
    /// stream's order is by generation and sequence.
    std::uint64_t generation = 1;
    std::uint64_t sequence = 0;
    std::string previous;         ///< as the manifest says
    std::string manifest;         ///< the signed text
    std::string manifest_sha256;  ///< of that text, hexadecimal
    std::uint64_t rows = 0;
    std::uint64_t sealed_bytes = 0;
    std::string sealed_sha256;
    std::string certificate;  ///< fingerprint of the site's certificate that signed the manifest
    TimePoint received;
    std::string receipt;  ///< JWS, the bytes that were and will be answered
    StoredState state = StoredState::stored;
    std::string landed_file;  ///< below the landing folder, once landed
    ChunkKind kind = ChunkKind::records;
    std::uint64_t removed_rows = 0;  ///< of retracted people; then the sealed chunk is removed too
    std::string landed_sha256;       ///< of the landed file, if rows were removed from it; the manifest's otherwise
    std::string reason;              ///< why it is unopenable
};

/// Where a chunk stands in its stream.
struct Place {
    std::uint64_t generation = 0;
    std::uint64_t sequence = 0;
};

/// How a chunk lies in the landing folder.
struct LandedFile {
    std::string file;  ///< below the landing folder
    std::uint64_t removed_rows = 0;
    std::string sha256;  ///< if rows were removed
};

/// Something missing from a stream, or its hash chain broken.
struct Gap {
    enum class Kind {
        missing,  ///< sequence numbers `first` to `last` have not arrived
        chain,    ///< the manifest of `first` does not name the hash of the one before
        restart   ///< the site numbers the stream anew: what its queue of before had not delivered may be lost
    };
    Kind kind = Kind::missing;
    std::string site;
    std::string stream;
    std::uint64_t generation = 1;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    TimePoint noticed;
    std::optional<TimePoint> closed;  ///< when the missing ones had all arrived, or it was settled
    std::string settled{};            ///< why nobody waits for it any more; empty if it was not settled
};

/// The manifest of a run that is over, as it was acknowledged.
struct LedgerRun {
    RunManifest manifest;
    std::string text;  ///< the signed text
    std::string jws;
    std::string certificate;  ///< fingerprint of the site's certificate that signed it
    TimePoint received;
    std::string receipt;  ///< JWS, the bytes that were and will be answered
};

/// How much settle() has settled.
struct Settled {
    std::uint64_t gaps = 0;
    std::uint64_t runs = 0;
};

/// How much of a run has arrived in one stream.
struct RunProgress {
    enum class State {
        open,        ///< it may bring more: its manifest has not arrived
        incomplete,  ///< chunks of it are missing
        whole,       ///< all of it is here, as the manifest says
        different    ///< what is here, or what the ledger says of it, is not what the manifest says
    };
    State state = State::open;
    std::string site;
    std::string run;
    std::string stream;
    std::uint64_t generation = 0;  ///< 0 if nothing of its queue has arrived
    TimePoint began;               ///< by the site's clock; as long as that is not known, when the first chunk arrived
    TimePoint latest;              ///< when the last of it arrived, its manifest included
    std::uint64_t chunks = 0;      ///< that have arrived
    std::uint64_t rows = 0;        ///< of these, as their manifests say
    std::uint64_t all_chunks = 0;  ///< 0 while open
    std::uint64_t all_rows = 0;
    std::string source;   ///< empty while open
    std::string settled;  ///< why nobody waits for the rest any more; empty if it was not settled
    RunState ended_as = RunState::running;

    static constexpr std::chrono::milliseconds patience = std::chrono::hours(24);
    /// Nothing has come for so long although something must.
    bool late(TimePoint now) const noexcept { return state != State::whole && latest + patience <= now; }
};

std::string_view to_string(RunProgress::State state) noexcept;

/// Totals of one stream of one site.
struct StreamTotals {
    std::string site;
    std::string stream;
    std::uint64_t chunks = 0;
    std::uint64_t rows = 0;  ///< of records, less those of retracted people
    std::uint64_t sealed_bytes = 0;
    std::uint64_t landed = 0;
    std::uint64_t unopenable = 0;
    std::uint64_t last_sequence = 0;  ///< of the last generation
    TimePoint last_received;
};

/// A one-time password with which a site gets its first certificate.
struct LedgerToken {
    std::string sha256;  ///< of its secret, hexadecimal; the secret itself is not kept
    std::string site;
    TimePoint expires;
    std::string key;  ///< fingerprint of the key for which it was used; empty: it was not
};

/// A certificate that a site got here.
struct IssuedCertificate {
    std::string site;
    std::string fingerprint;
    std::string key;  ///< PublicKey::fingerprint()
    std::string pem;
    TimePoint issued;
    TimePoint expires;
    bool revoked = false;
};

/// Why a certificate was not put down as issued.
enum class IssueRefusal {
    none,
    revoked,     ///< the certificate that asked for it is
    token_used,  ///< for another key, or it is there no more
    key_known    ///< the site has had a certificate for this key already
};

/// The repository's book, in SQLite or PostgreSQL. What commit() returned for is durable; where several processes share
/// a ledger, each place and each id is given once all the same. Thread-safe. Throws Error(network), Error(storage),
/// Error(corrupt), Error(in_use).
class Ledger {
  public:
    /// Chunks that are under way side by side may overtake each other: what was missing for less than this is not
    /// remembered.
    static constexpr std::chrono::milliseconds passing = std::chrono::minutes(1);

    /// As open_ledger_database().
    Ledger(const LedgerLocation& location, LedgerAccess access);
    /// Several processes may receive for it at the same time.
    bool is_shared() const noexcept { return shared_; }
    /// Of a shared ledger: the id of the store that its chunks lie in. `make` gives one to a ledger that has none yet;
    /// no other process does so at the same time.
    std::string store_id(const std::function<std::string()>& make);

    std::optional<LedgerChunk> find(const std::string& site, const std::string& id);
    /// The chunk that has the place of this one in its stream.
    std::optional<std::string> holder(const Manifest& manifest);

    /// The chunk, its certificate and what it does to the stream's gaps in one transaction. Returns the gaps that it
    /// opened, or nothing if its id or its sequence number is taken. Its generation is the ledger's to say.
    std::optional<std::vector<Gap>> commit(LedgerChunk chunk, const std::string& certificate_pem);

    std::optional<LedgerRun> find_run(const std::string& site, const std::string& id);
    /// The run manifest and its certificate in one transaction; false if its id is taken.
    bool commit(const LedgerRun& run, const std::string& certificate_pem);
    /// Runs by stream, those that began last first; `all`: also those that are whole.
    std::vector<RunProgress> runs(bool all, std::size_t limit);
    /// Every run manifest in the order of their arrival, in pieces.
    void for_each_run(const std::function<void(const LedgerRun&)>& visit);
    /// Runs of which the ledger does not count what its chunks give, or of which there are other chunks than the run
    /// manifest says; one line each.
    std::vector<std::string> wrong_runs();

    /// Chunks that wait to be opened, the oldest first.
    std::vector<LedgerChunk> to_land(std::size_t limit);
    void landed(const LedgerChunk& chunk, const LandedFile& file);
    /// Landed chunks with records of the stream behind `after` and before `before`, in order.
    std::vector<LedgerChunk> landed_records(const LedgerChunk& stream, const Place& after, const Place& before,
                                            std::size_t limit);
    /// Landed retractions of the stream behind a chunk, in order.
    std::vector<LedgerChunk> landed_retractions(const LedgerChunk& chunk);
    /// Rows of a stream that are to be removed for those that were removed in the stream linked to it; known for good.
    void retract_rows(const std::string& site, const std::string& stream, const std::vector<std::string>& keys);
    std::unordered_set<std::string> retracted_rows(const std::string& site, const std::string& stream);
    void unopenable(const LedgerChunk& chunk, const std::string& reason);
    /// Gives every unopenable chunk another try; how many there are.
    std::uint64_t retry_unopenable();

    /// Every chunk by site, stream and place; in pieces, so that a server may go on writing meanwhile.
    void for_each(const std::function<void(const LedgerChunk&)>& visit);
    /// PEM; empty if unknown.
    std::string certificate(const std::string& fingerprint);
    /// Also removes those that have expired.
    void add_token(const LedgerToken& token, TimePoint now);
    std::optional<LedgerToken> token(const std::string& sha256);
    /// With a token, which is used up by it, or for a site's certificate, which must not be revoked; all in one
    /// transaction.
    IssueRefusal commit(const IssuedCertificate& issued, const LedgerToken& token);
    IssueRefusal commit(const IssuedCertificate& issued, const Certificate& asking);
    std::optional<IssuedCertificate> issued(const std::string& site, const std::string& key);
    /// The last ones first; with an empty site those of all sites.
    std::vector<IssuedCertificate> issued_certificates(const std::string& site, std::size_t limit);
    std::uint64_t issued_since(const std::string& site, TimePoint since);
    /// One certificate of a site, or with an empty fingerprint all that it has up to now, and its unused tokens.
    void revoke(const std::string& site, const std::string& fingerprint, const std::string& reason, TimePoint now);
    bool is_revoked(const std::string& site, const Certificate& certificate);

    std::vector<StreamTotals> totals();
    /// Chunks that are acknowledged and have not landed, by their state.
    std::map<StoredState, std::uint64_t> not_landed();
    /// Sealed bytes that a site has delivered in each hour since 1970, from `first_hour` on.
    std::map<std::int64_t, std::uint64_t> sealed_bytes_by_hour(const std::string& site, std::int64_t first_hour);
    std::vector<Gap> gaps(bool also_closed);
    /// Missing numbers and chain breaks worked out from the chunks alone, less those that were settled.
    std::vector<Gap> recomputed_gaps();
    /// Nobody waits any more for what is missing of a stream up to now: its open gaps, chain breaks and restarts, and
    /// those of its runs that are not whole and are late or of an earlier queue. What comes all the same is taken.
    Settled settle(const std::string& site, const std::string& stream, const std::string& reason, TimePoint now);

  private:
    void keep_certificate(const std::string& fingerprint, const std::string& pem);
    void count_for_run(const LedgerChunk& chunk);
    void expect(const LedgerRun& run, const RunStream& stream);
    std::uint64_t generation_of(const LedgerChunk& chunk);
    bool insert(const LedgerChunk& chunk);
    IssueRefusal insert(const IssuedCertificate& issued);
    bool revoked(const std::string& site, const Certificate& certificate);
    std::vector<LedgerChunk> after(const LedgerChunk& last, std::size_t limit);
    std::vector<Gap> update_gaps(const LedgerChunk& chunk);
    void close_missing(const LedgerChunk& chunk);
    bool chain_holds(const LedgerChunk& stream, std::uint64_t sequence);
    void write_gap(const Gap& gap);

    bool shared_;
    std::mutex mutex_;
    std::unique_ptr<LedgerDatabase> database_;
};

}  // namespace tributary
