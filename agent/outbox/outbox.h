#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/chunk_builder.h"
#include "agent/outbox/disk_reserve.h"
#include "agent/outbox/open_chunks.h"
#include "agent/outbox/open_rows.h"
#include "agent/outbox/run_manifest.h"
#include "agent/platform/clock.h"

namespace tributary {

/// What one transaction makes durable: the chunks of all streams of a source that were cut at one group, or rows for
/// their open chunks, and that group's checkpoint and marks.
struct OutboxCommit {
    std::string source;
    std::string run;
    std::string checkpoint;
    std::vector<std::string> marks;
    std::vector<SealedChunk> chunks;  ///< in the order in which they take sequence numbers
    std::vector<OpenRows> open_rows;  ///< before the chunks, if there are both
    Quality totals;                   ///< what this commit adds to the run's rows and rejections (for status)
};

/// What one transaction makes durable when a list of opt-outs has changed.
struct RetractionCommit {
    std::string source;
    std::string run;
    std::string stream;
    std::vector<SealedChunk> chunks;  ///< of kind retraction; none if nobody was newly listed
    std::string remembered;           ///< Retraction::remember: what the next change is held against
};

enum class ChunkState { queued, quarantined };

/// A chunk as lists show it.
struct QueuedChunk {
    std::string id;
    std::string stream;
    std::uint64_t sequence = 0;
    std::uint64_t rows = 0;
    std::uint64_t sealed_bytes = 0;
    TimePoint created;
    ChunkState state = ChunkState::queued;
    std::uint32_t attempts = 0;
    TimePoint next_attempt;  ///< not before
    std::string last_error;  ///< of the last attempt; empty if none
    std::string queue;       ///< Manifest::queue: that of before, for what was saved from a damaged one
};

struct RunSummary {
    std::string id;
    std::string source;
    RunState state = RunState::running;
    TimePoint started;
    std::optional<TimePoint> ended;
    std::uint64_t rows = 0;
    std::uint64_t rejected = 0;
    std::uint64_t chunks = 0;
    std::string message;
};

/// The manifest of a run that is over, as lists show it.
struct QueuedRun {
    std::string id;
    std::string source;
    TimePoint created;
    ChunkState state = ChunkState::queued;
    std::uint32_t attempts = 0;
    TimePoint next_attempt;  ///< not before
    std::string last_error;
};

struct QueueTotals {
    std::uint64_t queued_chunks = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t quarantined_chunks = 0;
    std::uint64_t queued_runs = 0;       ///< run manifests
    std::uint64_t quarantined_runs = 0;  ///< run manifests that the repository refused
    std::uint64_t held_rows = 0;         ///< by the egress guard
    std::uint64_t open_rows = 0;         ///< in open chunks
    std::uint64_t stuck_rows = 0;        ///< of those, in chunks that could not be opened to be sealed
    std::optional<TimePoint> open_since;
    std::uint64_t delivered_chunks = 0;  ///< receipts held
    std::optional<TimePoint> oldest;     ///< creation of the oldest queued chunk
};

/// Rows of one chunk that the egress guard held back; see HeldRows.
struct StoredHeldRows {
    std::uint64_t number = 0;  ///< names them in commands
    std::string stream;
    std::string run;
    std::uint64_t rows = 0;
    std::string reasons;  ///< "nhs_number 3, postcode 1"
    TimePoint stored;
};

struct StoredRunReceipt {
    std::string run;
    std::string manifest_sha256;
    std::string jws;
};

struct StoredReceipt {
    std::string chunk_id;
    std::string stream;
    std::uint64_t sequence = 0;
    std::string sealed_sha256;
    std::string jws;
    TimePoint stored;
};

/// The queue: one SQLite file (WAL, synchronous=FULL, secure_delete=FAST, incremental auto-vacuum), one writer.
/// Thread-safe. Throws Error(storage) when the disk fails or is full (nothing of the transaction is then there),
/// Error(corrupt) when the file is damaged.
class Outbox {
  public:
    enum class Mode { write, read };

    /// `file` is made if it is missing (mode write only). A queue that belongs to another site is refused (Error
    /// configuration).
    /// `maximum_bytes`: the file grows no larger (0: no limit); what does not fit fails as on a full disk.
    Outbox(const std::filesystem::path& file, const std::string& site, Clock& clock, Mode mode = Mode::write,
           std::uint64_t maximum_bytes = 0);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Whether the file has turned out to be damaged: it is to be closed and given to salvage_outbox(). Thread-safe.
    bool damaged() const noexcept;
    /// What is wrong with the tables, payloads left out, which can be large and have digests; empty if sound.
    std::vector<std::string> check_tables() const;
    /// Says of a queue that is new that there was another one before it, which is gone with all it held.
    void note_lost_queue();
    /// Since when it is not known where the sources stood: they must not run before somebody has decided. None if it
    /// is known.
    std::optional<TimePoint> positions_lost() const;
    /// The decision: sources go on from what is known.
    void accept_lost_positions();

    /// Where a source stood at its last commit; empty if never.
    std::string checkpoint(const std::string& source) const;
    bool marked(const std::string& source, std::string_view mark) const;
    /// When a source last completed a run, for schedules; none if never.
    std::optional<TimePoint> last_completed(const std::string& source) const;

    /// Whom chunks are sealed to that are closed here, and the keys with which their rows are opened again. Before runs
    /// begin or end whose rows go into open chunks.
    void use_open_chunks(Certificate repository, SiteKeyring site);

    /// Closes runs that were never ended (crash) as interrupted, their open chunks before; for when no source is at
    /// work.
    void end_interrupted_runs();
    /// The source's own that was never ended is first closed as interrupted.
    std::string begin_run(const std::string& source);
    /// Its open chunks are closed, and its manifest for the repository is queued, if it has brought any chunk.
    QueuedChunks end_run(const std::string& run, RunState state, const std::string& message);

    /// All of it or none, durable when it returns. Gives each chunk site, sequence and previous, and stores its
    /// manifest text. A chunk closes the source's open chunks before it. Commits of several threads share a
    /// transaction (group commit). Returns all chunks that it made.
    QueuedChunks commit(const OutboxCommit& commit);
    /// Makes chunks of the source's rows in open chunks.
    QueuedChunks close_open_chunks(const std::string& source);

    /// The retraction's chunks in their place in the stream's order, and the memory of the list: all of it or none.
    /// The source's open chunks are closed before.
    void commit(const RetractionCommit& commit);
    /// What the last RetractionCommit of the stream remembered; empty if there was none.
    std::string remembered_opt_outs(const std::string& stream) const;
    /// Whether a chunk of the stream was ever committed, or may have been in a queue that was lost.
    bool has_begun(const std::string& stream) const;

    /// Queued chunks whose next attempt is due, at most `limit`: the lowest sequence number of each stream, then the
    /// next ones. A chunk that has to wait holds up those of its stream behind it; one in quarantine does not.
    std::vector<QueuedChunk> due(TimePoint now, std::size_t limit) const;
    /// When due() or due_runs() has something next: the earliest next attempt among the first queued chunk of each
    /// stream and the run manifests.
    std::optional<TimePoint> next_due() const;
    /// The manifest's text, held against its digest: Error(corrupt) if it changed; Error(not_found) if the chunk is not
    /// in the queue.
    std::string manifest(const std::string& chunk_id) const;
    /// The sealed bytes, held against their digest: Error(corrupt) if they changed.
    std::string payload(const std::string& chunk_id) const;

    /// Keeps so many bytes of the disk in a file of their own, to store receipts with when the disk is full. To be
    /// called again from time to time: what was given up is made again when there is room.
    void keep_reserve(std::uint64_t bytes);
    static DiskReserve reserve_of(const std::filesystem::path& file, std::uint64_t bytes);
    /// Bytes of the reserve that were given up and are not kept again yet.
    std::uint64_t missing_reserve() const;
    /// Bytes of the queue file that are in use, as of the last transaction of this object.
    std::uint64_t used_bytes() const;
    /// Gives a part of what the file does not use back to the disk: `all`, for a disk that is nearly full; else when
    /// it is most of the file, as after a long backlog. False when there is nothing (more) to give.
    bool give_back_space(bool all);

    /// The receipt in, the chunk out, in one transaction. The caller has verified it. Once more for a chunk whose
    /// receipt is held: nothing happens.
    void store_receipt(const std::string& chunk_id, const std::string& receipt_jws);
    /// Lets no chunk wait any longer: for when the clock was set back, as waits end by the wall clock.
    void end_waits();
    /// Error texts are kept up to 300 characters.
    void record_attempt(const std::string& chunk_id, const std::string& error, TimePoint next_attempt);
    void quarantine(const std::string& chunk_id, const std::string& reason);

    /// Queued run manifests that are due, the oldest first.
    std::vector<QueuedRun> due_runs(TimePoint now, std::size_t limit) const;
    /// The run manifest's text, held against its digest: Error(corrupt) if it changed; Error(not_found).
    std::string run_manifest(const std::string& run) const;
    /// The receipt in, the run manifest out of the queue. The caller has verified it. Error(not_found).
    void store_run_receipt(const std::string& run, const std::string& receipt_jws);
    void record_run_attempt(const std::string& run, const std::string& error, TimePoint next_attempt);
    void quarantine_run(const std::string& run, const std::string& reason);
    /// Those without a receipt, the oldest first.
    std::vector<QueuedRun> queued_runs(std::size_t limit) const;

    /// Makes a chunk or a run manifest due now: one in quarantine, or one that waits for its next attempt.
    /// Error(not_found).
    void retry(const std::string& id);
    /// Throws away a chunk or a run manifest in quarantine. The chunk's sequence number stays missing, so that the
    /// repository shows a gap; the run stays open there. Error(not_found), Error(in_use) for what waits for delivery.
    void discard(const std::string& id);
    /// Error(not_found).
    void discard_held_rows(std::uint64_t number);

    /// Nothing if the chunk is not in the queue.
    std::optional<QueuedChunk> find(const std::string& chunk_id) const;
    std::vector<QueuedChunk> list(std::size_t limit) const;
    std::vector<RunSummary> runs(std::size_t limit) const;
    std::vector<StoredReceipt> receipts(std::size_t limit) const;
    std::vector<StoredRunReceipt> run_receipts() const;
    /// The newest first.
    std::vector<StoredHeldRows> held_rows(std::size_t limit) const;
    std::optional<StoredHeldRows> find_held_rows(std::uint64_t number) const;
    /// What was sealed to the site; Error(not_found).
    std::string held_rows_sealed(std::uint64_t number) const;
    QueueTotals totals() const;
    /// SQLite's own check plus each payload against its digest; one line a fault, empty if sound.
    std::vector<std::string> verify() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
