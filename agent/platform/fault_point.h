#pragma once

#include <string_view>

namespace tributary {

/// Places in the code where a crash, a halt or a failure must lose nothing. tests/faults makes them happen there, in
/// programs that were built with TRIBUTARY_FAULTS; in all others a fault point is nothing.
///
/// The environment's TRIBUTARY_FAULT says what happens: POINT:ACTION:N, the N-th time that the point is passed; several
/// with commas between. POINT "any" counts all points together. Actions: kill (the process ends as by SIGKILL), stall
/// (two seconds), throw (Error(storage)). TRIBUTARY_FAULT=list prints all points and ends the process.
enum class FaultPoint {
    agent_queue_opened,          ///< the queue is open, nothing was done
    agent_run_begun,             ///< the run stands in the queue
    agent_chunks_sealed,         ///< of a job; none of it is in the queue
    outbox_before_commit,        ///< in the transaction of chunks and checkpoint
    outbox_after_commit,         ///< it is durable, and the source does not know
    outbox_in_close,             ///< in a transaction that makes a chunk of rows that trickled in
    outbox_before_retraction,    ///< in the transaction of a retraction
    outbox_after_retraction,     ///< it is durable
    agent_before_source_commit,  ///< the source is about to be told what is durable
    agent_after_source_commit,   ///< it has tidied up
    agent_before_run_end,        ///< all is queued, the run stands as under way
    outbox_in_run_end,           ///< in the transaction that ends a run and queues its manifest
    outbox_after_run_end,        ///< it is durable
    courier_before_announce,
    courier_after_announce,
    courier_before_send,
    courier_after_send,             ///< the repository has the chunk, its receipt is in hand
    courier_before_receipt_commit,  ///< the receipt was verified
    courier_in_receipt_commit,      ///< in the transaction that takes the chunk out
    courier_after_receipt_commit,
    courier_before_run_receipt,  ///< the repository has the run manifest, its receipt was verified
    courier_after_run_receipt,   ///< it is stored
    audit_before_head,           ///< of the line
    audit_between_head_and_line,
    salvage_saved,            ///< the new queue is whole, the damaged one still in place
    salvage_moved,            ///< the damaged one is moved aside, the new one not in place
    repository_announced,     ///< the announcement is stored
    repository_bytes_stored,  ///< of a chunk, whole or not; nothing was answered
    repository_before_store,  ///< the bytes are whole and right
    repository_after_store,   ///< bytes and manifest are in their place, the ledger does not know
    repository_in_ledger_commit,
    repository_after_ledger_commit,  ///< acknowledged in the ledger, and not to the site
    repository_in_run_commit,        ///< in the transaction of a run manifest
    repository_after_run_commit,     ///< acknowledged in the ledger, and not to the site
    repository_before_landing,       ///< the rows are written under a hidden name
    repository_after_landing,        ///< they have their name, the ledger does not know
    repository_landed,
    repository_before_removal,  ///< the ledger knows what is left of a landed file, which still has the retracted rows
    repository_after_removal    ///< the file is replaced, its sealed chunk still there
};

#ifdef TRIBUTARY_FAULTS
void fault_point(FaultPoint point);
#else
inline void fault_point(FaultPoint) noexcept {}
#endif

/// "outbox.before_commit".
std::string_view to_string(FaultPoint point) noexcept;

}  // namespace tributary
