#pragma once

#include "service/repository/ledger/ledger.h"

/// All columns of a chunk in the order in which read_chunk() reads them. A macro, because statements are kept by the
/// address of their literal.
#define LEDGER_SELECT                                                                                             \
    "SELECT site, id, stream, sequence, previous, manifest, manifest_sha256, rows, sealed_bytes, sealed_sha256, " \
    "certificate, received, receipt, state, landed_file, reason, kind, removed_rows, landed_sha256, generation, " \
    "queue, run "                                                                                                 \
    "FROM chunks"

namespace tributary {

inline std::int64_t to_milliseconds(TimePoint time) {
    return time.time_since_epoch().count();
}

inline TimePoint to_time(std::int64_t milliseconds) {
    return TimePoint(std::chrono::milliseconds(milliseconds));
}

inline StoredState read_state(const std::string& text) {
    if (text == "stored") {
        return StoredState::stored;
    }
    return text == "landed" ? StoredState::landed : StoredState::unopenable;
}

inline LedgerChunk read_chunk(const LedgerQuery& row) {
    LedgerChunk chunk;
    chunk.site = row.text(0);
    chunk.id = row.text(1);
    chunk.stream = row.text(2);
    chunk.sequence = row.count(3);
    chunk.previous = row.text(4);
    chunk.manifest = row.text(5);
    chunk.manifest_sha256 = row.text(6);
    chunk.rows = row.count(7);
    chunk.sealed_bytes = row.count(8);
    chunk.sealed_sha256 = row.text(9);
    chunk.certificate = row.text(10);
    chunk.received = to_time(row.integer(11));
    chunk.receipt = row.text(12);
    chunk.state = read_state(row.text(13));
    chunk.landed_file = row.text(14);
    chunk.reason = row.text(15);
    chunk.kind = row.text(16) == "retraction" ? ChunkKind::retraction : ChunkKind::records;
    chunk.removed_rows = row.count(17);
    chunk.landed_sha256 = row.text(18);
    chunk.generation = row.count(19);
    chunk.queue = row.text(20);
    chunk.run = row.text(21);
    return chunk;
}

}  // namespace tributary
