#include "agent/outbox/salvager.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "agent/keys/digest.h"
#include "agent/outbox/manifest.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/outbox/outbox_schema.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {

namespace {

/// Whether `read` came to its end; what the damaged file makes it throw only ends it.
template <typename Read>
bool readable(Read read) {
    try {
        read();
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// The new file cannot be written: no reason to go on. No Error, so that it is not taken for damage.
struct CannotSave {
    Error reason;
};

class Salvager {
  public:
    Salvager(Database& damaged, Database& fresh, const std::string& site)
        : damaged_(damaged), fresh_(fresh), site_(site) {}

    void run() {
        readable([&] {
            const auto version = damaged_.integer("PRAGMA user_version");
            old_form_ = version < 4;
            knows_run_manifests_ = version == 0 || version >= 5;  // 0: not to be read
            knows_open_chunks_ = version == 0 || version >= 6;
        });
        save_streams();
        save_positions();
        save_receipts();
        save_chunks();
        save_the_rest();
    }

    QueueSalvage result;

  private:
    /// What the new file does not take because of what it is (internal) counts as damaged.
    template <typename Write>
    static void save(Write write) {
        try {
            write();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::internal) {
                throw CannotSave{error};
            }
            throw;
        }
    }

    /// Each row that can be read, from the front, and beyond what is damaged from the back; false if there was damage.
    template <typename Visit>
    bool each(const char* forward, const char* backward, Visit visit) {
        const auto all = [&](const char* sql) {
            return readable([&] {
                auto row = damaged_.query(sql);
                while (row.step()) {
                    save([&] { visit(row); });
                }
            });
        };
        if (all(forward)) {
            return true;
        }
        all(backward);
        return false;
    }

    void save_streams() {
        each("SELECT stream FROM streams ORDER BY stream", "SELECT stream FROM streams ORDER BY stream DESC",
             [&](const Query& row) { add_stream(row.text(0)); });
    }

    void add_stream(const std::string& stream) {
        if (is_stream(stream)) {
            fresh_
                .query("INSERT OR IGNORE INTO streams (stream, next_sequence, last_manifest_sha256) VALUES (?1, 1, '')")
                .bind(1, std::string_view(stream))
                .run();
        }
    }

    void save_positions() {
        bool sealed = true;
        const auto holds = [&](const Query& row, int seal) {
            const bool same = row.text(seal).empty() || row.text(seal) == row_seal({row.text(0), row.blob(1)});
            sealed = sealed && same;
            return same;
        };
        const auto checkpoint = [&](const Query& row) {
            if (holds(row, 4)) {
                save_checkpoint(row);
            }
        };
        const auto mark = [&](const Query& row) {
            if (holds(row, 3)) {
                save_mark(row);
            }
        };
        const bool all =
            old_form_ ? each("SELECT source, checkpoint, run, stored, '' FROM checkpoints ORDER BY source",
                             "SELECT source, checkpoint, run, stored, '' FROM checkpoints ORDER BY source DESC",
                             checkpoint) &&
                            each("SELECT source, mark, stored, '' FROM marks ORDER BY source, mark",
                                 "SELECT source, mark, stored, '' FROM marks ORDER BY source DESC, mark DESC", mark)
                      : each("SELECT source, checkpoint, run, stored, seal FROM checkpoints ORDER BY source",
                             "SELECT source, checkpoint, run, stored, seal FROM checkpoints ORDER BY source DESC",
                             checkpoint) &&
                            each("SELECT source, mark, stored, seal FROM marks ORDER BY source, mark",
                                 "SELECT source, mark, stored, seal FROM marks ORDER BY source DESC, mark DESC", mark);
        const bool sound = readable([&] {
            for (const char* check : {"PRAGMA quick_check(checkpoints)", "PRAGMA quick_check(marks)"}) {
                auto row = damaged_.query(check);
                if (!row.step() || row.text(0) != "ok") {
                    throw Error(ErrorCode::corrupt, check);
                }
            }
        });
        result.positions_lost = !all || !sealed || !sound;
    }

    void save_checkpoint(const Query& row) {
        const auto source = row.text(0);
        const auto run = row.text(2);
        const auto seal = row.text(4);
        fresh_
            .query(
                "INSERT OR IGNORE INTO checkpoints (source, checkpoint, run, stored, seal) "
                "VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(1, std::string_view(source))
            .bind_blob(2, row.blob(1))
            .bind(3, std::string_view(run))
            .bind(4, row.integer(3))
            .bind(5, std::string_view(seal))
            .run();
    }

    void save_mark(const Query& row) {
        const auto source = row.text(0);
        const auto seal = row.text(3);
        fresh_.query("INSERT OR IGNORE INTO marks (source, mark, stored, seal) VALUES (?1, ?2, ?3, ?4)")
            .bind(1, std::string_view(source))
            .bind_blob(2, row.blob(1))
            .bind(3, row.integer(2))
            .bind(4, std::string_view(seal))
            .run();
    }

    void save_receipts() {
        const auto take = [&](const Query& row) {
            const auto id = row.text(0);
            const auto queue = row.text(1);
            const auto stream = row.text(2);
            const auto sealed = row.text(6);
            const auto manifest = row.text(7);
            const auto jws = row.text(8);
            fresh_
                .query(
                    "INSERT OR IGNORE INTO receipts (chunk_id, queue, stream, sequence, rows, sealed_bytes, "
                    "sealed_sha256, manifest_sha256, jws, stored) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
                .bind(1, std::string_view(id))
                .bind(2, std::string_view(queue))
                .bind(3, std::string_view(stream))
                .bind(4, row.integer(3))
                .bind(5, row.integer(4))
                .bind(6, row.integer(5))
                .bind(7, std::string_view(sealed))
                .bind(8, std::string_view(manifest))
                .bind(9, std::string_view(jws))
                .bind(10, row.integer(9))
                .run();
            result.receipts += fresh_.changes();
        };
        const bool all =
            old_form_
                ? each(
                      "SELECT chunk_id, '', stream, sequence, rows, sealed_bytes, sealed_sha256, manifest_sha256, jws, "
                      "stored FROM receipts ORDER BY number",
                      "SELECT chunk_id, '', stream, sequence, rows, sealed_bytes, sealed_sha256, manifest_sha256, jws, "
                      "stored FROM receipts ORDER BY number DESC",
                      take)
                : each(
                      "SELECT chunk_id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, manifest_sha256, "
                      "jws, stored FROM receipts ORDER BY number",
                      "SELECT chunk_id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, manifest_sha256, "
                      "jws, stored FROM receipts ORDER BY number DESC",
                      take);
        if (!all) {
            result.lost.emplace_back("receipts of delivered chunks: a part could not be read");
        }
    }

    void save_chunks() {
        std::set<std::int64_t> numbers;
        const auto note = [&](const Query& row) { numbers.insert(row.integer(0)); };
        bool all = each("SELECT number FROM chunks NOT INDEXED ORDER BY number",
                        "SELECT number FROM chunks NOT INDEXED ORDER BY number DESC", note);
        all &=
            each("SELECT chunk FROM payloads ORDER BY chunk", "SELECT chunk FROM payloads ORDER BY chunk DESC", note);
        for (const auto number : numbers) {
            save_chunk(number);
        }
        if (!all) {
            result.lost.emplace_back("a part of the list of chunks could not be read: there may have been more");
        }
    }

    /// What is known of it even if its payload is lost.
    struct Known {
        std::string place = "a chunk of which nothing else is known";
        std::int64_t state = 0;
        std::int64_t attempts = 0;
        std::string last_error;
    };

    Known known(std::int64_t number) {
        Known known;
        readable([&] {
            auto row = damaged_.query(
                "SELECT id, stream, sequence, rows, state, attempts, last_error FROM chunks WHERE number = ?1");
            if (row.bind(1, number).step() && is_chunk_id(row.text(0)) && is_stream(row.text(1))) {
                known.place = "chunk " + row.text(0) + " (stream " + row.text(1) + ", sequence number " + row.text(2) +
                              ", " + row.text(3) + " rows)";
                known.state = row.integer(4) == 1 ? 1 : 0;
                known.attempts = std::max<std::int64_t>(row.integer(5), 0);
                known.last_error = row.text(6);
            }
        });
        return known;
    }

    void save_chunk(std::int64_t number) {
        const Known about = known(number);
        std::string text;
        std::string sealed;
        std::string digest;
        std::optional<Manifest> manifest;
        const bool read = readable([&] {
            auto row =
                damaged_.query(old_form_ ? "SELECT manifest, sealed, '' FROM payloads WHERE chunk = ?1"
                                         : "SELECT manifest, sealed, manifest_sha256 FROM payloads WHERE chunk = ?1");
            if (row.bind(1, number).step()) {
                text = row.text(0);
                sealed = row.blob(1);
                digest = row.text(2);
            }
        });
        readable([&] { manifest = parse_manifest(text); });
        const auto text_digest = to_hex(sha256(text));
        if (!read || !manifest || (text_digest != digest && !old_form_) || manifest->site != site_ ||
            to_hex(sha256(sealed)) != manifest->sealed_sha256) {
            result.lost.push_back(about.place);
            return;
        }
        if (fresh_.query("SELECT 1 FROM receipts WHERE chunk_id = ?1").bind(1, std::string_view(manifest->id)).step()) {
            return;  // delivered: its removal is what was not written
        }
        add_stream(manifest->stream);
        Transaction transaction(fresh_);
        fresh_
            .query(
                "INSERT OR IGNORE INTO chunks (id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256, "
                "created, state, attempts, next_attempt, last_error) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11)")
            .bind(1, std::string_view(manifest->id))
            .bind(2, std::string_view(manifest->queue))
            .bind(3, std::string_view(manifest->stream))
            .bind(4, manifest->sequence)
            .bind(5, manifest->rows)
            .bind(6, manifest->sealed_bytes)
            .bind(7, std::string_view(manifest->sealed_sha256))
            .bind(8, to_milliseconds(manifest->created))
            .bind(9, about.state)
            .bind(10, about.attempts)
            .bind(11, std::string_view(about.last_error))
            .run();
        if (fresh_.changes() != 1) {
            return;  // the same chunk, found by another number
        }
        fresh_
            .query(
                "INSERT INTO payloads (chunk, manifest, sealed, manifest_sha256) "
                "VALUES (last_insert_rowid(), ?1, ?2, ?3)")
            .bind(1, std::string_view(text))
            .bind_blob(2, sealed)
            .bind(3, std::string_view(text_digest))
            .run();
        transaction.commit();
        ++result.chunks;
    }

    void save_the_rest() {
        each("SELECT id, source, state, started, ended, rows, rejected, chunks, message FROM runs ORDER BY number",
             "SELECT id, source, state, started, ended, rows, rejected, chunks, message FROM runs ORDER BY number DESC",
             [&](const Query& row) { save_run(row); });
        if (knows_run_manifests_) {
            save_run_manifests();
        }
        if (knows_open_chunks_) {
            save_open_chunks();
        }
        const bool held =
            each("SELECT stream, run, rows, reasons, sealed, stored, number FROM held_rows ORDER BY number",
                 "SELECT stream, run, rows, reasons, sealed, stored, number FROM held_rows ORDER BY number DESC",
                 [&](const Query& row) {
                     const auto stream = row.text(0);
                     const auto run = row.text(1);
                     const auto reasons = row.text(3);
                     fresh_
                         .query(
                             "INSERT OR IGNORE INTO held_rows (number, stream, run, rows, reasons, sealed, stored) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                         .bind(1, row.integer(6))
                         .bind(2, std::string_view(stream))
                         .bind(3, std::string_view(run))
                         .bind(4, row.integer(2))
                         .bind(5, std::string_view(reasons))
                         .bind_blob(6, row.blob(4))
                         .bind(7, row.integer(5))
                         .run();
                 });
        if (!held) {
            result.lost.emplace_back("rows that the egress guard had held back: a part could not be read");
        }
        // What a list of opt-outs was: sealed, so that a damaged one cannot be opened, and the whole list is retracted.
        each("SELECT stream, remembered, stored FROM opt_outs ORDER BY stream",
             "SELECT stream, remembered, stored FROM opt_outs ORDER BY stream DESC", [&](const Query& row) {
                 const auto stream = row.text(0);
                 fresh_.query("INSERT OR IGNORE INTO opt_outs (stream, remembered, stored) VALUES (?1, ?2, ?3)")
                     .bind(1, std::string_view(stream))
                     .bind_blob(2, row.blob(1))
                     .bind(3, row.integer(2))
                     .run();
             });
    }

    void save_run(const Query& row) {
        const auto id = row.text(0);
        const auto source = row.text(1);
        const auto message = row.text(8);
        auto insert = fresh_.query(
            "INSERT OR IGNORE INTO runs (id, source, state, started, ended, rows, rejected, chunks, message) "
            "VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9)");
        insert.bind(1, std::string_view(id))
            .bind(2, std::string_view(source))
            .bind(3, row.integer(2))
            .bind(4, row.integer(3))
            .bind(5, row.integer(4))
            .bind(6, row.integer(5))
            .bind(7, row.integer(6))
            .bind(8, row.integer(7))
            .bind(9, std::string_view(message))
            .run();
    }

    /// What a run had brought goes on with it: it is closed as interrupted when its source runs next.
    void save_run_manifests() {
        const bool streams = each(
            "SELECT run, stream, queue, first, last, rows, last_manifest_sha256, seal FROM run_streams ORDER BY run",
            "SELECT run, stream, queue, first, last, rows, last_manifest_sha256, seal FROM run_streams "
            "ORDER BY run DESC",
            [&](const Query& row) { save_run_stream(row); });
        const bool manifests = each(
            "SELECT run, source, manifest, manifest_sha256, created, state, attempts, last_error, receipt "
            "FROM run_manifests ORDER BY number",
            "SELECT run, source, manifest, manifest_sha256, created, state, attempts, last_error, receipt "
            "FROM run_manifests ORDER BY number DESC",
            [&](const Query& row) { save_run_manifest(row); });
        if (!streams || !manifests) {
            result.lost.emplace_back(
                "manifests of runs: a part could not be read; the repository shows such runs as open");
        }
    }

    /// In no run: they get one of their own when they are closed.
    void save_open_chunks() {
        bool all = each(
            "SELECT number, id, source, stream, run, manifest, key, created, seal, shuffled FROM open_chunks ORDER BY "
            "number",
            "SELECT number, id, source, stream, run, manifest, key, created, seal, shuffled FROM open_chunks "
            "ORDER BY number DESC",
            [&](const Query& row) { save_open_chunk(row); });
        all &= each("SELECT number, chunk, rows, sealed, seal FROM open_rows ORDER BY number",
                    "SELECT number, chunk, rows, sealed, seal FROM open_rows ORDER BY number DESC",
                    [&](const Query& row) { save_open_rows(row); });
        if (!all) {
            result.lost.emplace_back("rows in open chunks: a part could not be read");
        }
    }

    void save_open_chunk(const Query& row) {
        const auto id = row.text(1);
        const auto source = row.text(2);
        const auto stream = row.text(3);
        const auto manifest = row.text(5);
        const std::string key(row.blob(6));
        if (row.text(8) != row_seal({id, source, stream, row.text(4), manifest, key})) {
            return;  // its rows are what is told of
        }
        add_stream(stream);
        const auto seal = row_seal({id, source, stream, "", manifest, key});
        fresh_
            .query(
                "INSERT OR IGNORE INTO open_chunks (number, id, source, stream, run, manifest, key, created, seal, "
                "shuffled) VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7, ?8, ?9)")
            .bind(1, row.integer(0))
            .bind(2, std::string_view(id))
            .bind(3, std::string_view(source))
            .bind(4, std::string_view(stream))
            .bind(5, std::string_view(manifest))
            .bind_blob(6, key)
            .bind(7, row.integer(7))
            .bind(8, std::string_view(seal))
            .bind(9, row.integer(9))
            .run();
        open_chunks_.insert(row.integer(0));
    }

    void save_open_rows(const Query& row) {
        const auto seal = row.text(4);
        if (!open_chunks_.contains(row.integer(1)) || seal != row_seal({row.text(0), row.blob(3)})) {
            result.lost.push_back("rows in an open chunk: " + row.text(2));
            return;
        }
        fresh_.query("INSERT OR IGNORE INTO open_rows (number, chunk, rows, sealed, seal) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(1, row.integer(0))
            .bind(2, row.integer(1))
            .bind(3, row.integer(2))
            .bind_blob(4, row.blob(3))
            .bind(5, std::string_view(seal))
            .run();
    }

    void save_run_stream(const Query& row) {
        std::array<std::string, 8> values;
        for (std::size_t column = 0; column < values.size(); ++column) {
            values[column] = row.text(static_cast<int>(column));
        }
        if (values[7] != row_seal({values[0], values[1], values[2], values[3], values[4], values[5], values[6]})) {
            result.lost.push_back("what run " + clean_text(values[0]) +
                                  " has brought: the repository shows it as open");
            return;
        }
        fresh_
            .query(
                "INSERT OR IGNORE INTO run_streams (run, stream, queue, first, last, rows, last_manifest_sha256, seal) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(1, std::string_view(values[0]))
            .bind(2, std::string_view(values[1]))
            .bind(3, std::string_view(values[2]))
            .bind(4, row.integer(3))
            .bind(5, row.integer(4))
            .bind(6, row.integer(5))
            .bind(7, std::string_view(values[6]))
            .bind(8, std::string_view(values[7]))
            .run();
    }

    void save_run_manifest(const Query& row) {
        const auto run = row.text(0);
        const auto source = row.text(1);
        const auto text = row.text(2);
        const auto digest = row.text(3);
        const auto error = row.text(7);
        const auto receipt = row.text(8);
        if (to_hex(sha256(text)) != digest) {
            result.lost.push_back("the manifest of run " + clean_text(run) + ": the repository shows it as open");
            return;
        }
        const auto state = std::clamp<std::int64_t>(row.integer(5), 0, 2);
        fresh_
            .query(
                "INSERT OR IGNORE INTO run_manifests (run, source, manifest, manifest_sha256, created, state, "
                "attempts, last_error, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
            .bind(1, std::string_view(run))
            .bind(2, std::string_view(source))
            .bind(3, std::string_view(text))
            .bind(4, std::string_view(digest))
            .bind(5, row.integer(4))
            .bind(6, state == 2 && receipt.empty() ? std::int64_t{0} : state)
            .bind(7, std::max<std::int64_t>(row.integer(6), 0))
            .bind(8, std::string_view(error))
            .bind(9, std::string_view(receipt))
            .run();
    }

    std::set<std::int64_t> open_chunks_;  // that were saved
    Database& damaged_;
    Database& fresh_;
    const std::string& site_;
    bool old_form_ = false;
    bool knows_run_manifests_ = true;
    bool knows_open_chunks_ = true;
};

}  // namespace

QueueSalvage save_what_is_whole(Database& damaged, Database& fresh, const std::string& site) {
    Salvager salvager(damaged, fresh, site);
    try {
        salvager.run();
    } catch (const CannotSave& failure) {
        throw failure.reason;
    }
    return std::move(salvager.result);
}

}  // namespace tributary
