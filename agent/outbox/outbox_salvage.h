#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/platform/clock.h"

namespace tributary {

/// What became of a damaged queue.
struct QueueSalvage {
    std::filesystem::path aside;    ///< where the damaged file lies now; it was changed in nothing
    std::uint64_t chunks = 0;       ///< saved whole; they are delivered as they are
    std::uint64_t receipts = 0;     ///< saved
    std::vector<std::string> lost;  ///< what is known of and could not be saved, a line a chunk
    /// Where the sources stood may be lost, or not the last of it: they must not go on by themselves, as records could
    /// be delivered twice or never (Outbox::positions_lost).
    bool positions_lost = false;
};

/// Moves a damaged queue file aside, and makes a new one with all of it that is whole: a chunk only if its bytes have
/// the digest of its manifest. Nobody else may have the file open. A crash at any point leaves either the damaged file
/// or the new one in place, once finish_salvage() was called. Throws Error(storage).
QueueSalvage salvage_outbox(const std::filesystem::path& file, const std::string& site, Clock& clock);

/// Completes a salvage that a crash cut off; nothing if there was none. Before the queue is opened.
void finish_salvage(const std::filesystem::path& file, Clock& clock);

}  // namespace tributary
