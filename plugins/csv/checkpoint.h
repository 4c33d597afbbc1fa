#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/csv/content_digest.h"
#include "plugins/csv/dialect.h"

namespace tributary::csv {

/// How far a file was read.
struct FileProgress {
    std::string name;
    Digest digest;
    Encoding encoding = Encoding::utf8;  ///< that the offset was counted in
    std::uint64_t offset = 0;            ///< TableReader::offset
    std::uint64_t next_row = 1;
    std::uint64_t rejected = 0;

    std::uint64_t queued() const noexcept { return next_row - 1 - rejected; }
    bool operator==(const FileProgress&) const = default;
};

/// Why a file is not read any further.
enum class HoldReason : std::uint8_t {
    interrupted = 1,  ///< by a stop or crash of the agent; goes on by itself
    changed,          ///< it changed while it was read, or before it could be read on
    bad_rows,         ///< more rejected records than allowed
    unreadable        ///< damaged or not text from some place on
};

/// A file of which rows are queued and that is not finished.
struct HeldFile {
    FileProgress progress;
    HoldReason reason = HoldReason::changed;
    bool gone = false;  ///< it is not in the folder any more; its name is free for another file

    bool operator==(const HeldFile&) const = default;
};

/// Where a source stands.
struct Checkpoint {
    static constexpr std::size_t most_held = 256;

    std::uint64_t sequence = 0;        ///< of the group; rises by one each
    std::optional<FileProgress> file;  ///< that is being read
    std::vector<HeldFile> held;        ///< oldest first, at most most_held

    bool operator==(const Checkpoint&) const = default;
};

/// At most about 100 KiB.
std::string encode(const Checkpoint& checkpoint);
/// None if it is not one of ours, whole and in order.
std::optional<Checkpoint> decode_checkpoint(std::string_view bytes);

}  // namespace tributary::csv
