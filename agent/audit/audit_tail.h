#pragma once

#include <filesystem>
#include <string>

#include "agent/audit/audit_head.h"
#include "agent/platform/file.h"

namespace tributary {

/// How the end of the log stands to the head.
struct AuditTail {
    enum class State {
        finished,    ///< the log ends with the head's line
        unfinished,  ///< of the head's line only the beginning is there, or nothing: what a crash leaves
        other        ///< no crash of ours leaves it so
    };
    State state = State::other;
    std::uint64_t missing = 0;  ///< unfinished: bytes of the line
    std::string fault;          ///< other: what is wrong
};

/// Looks at the last line alone, so its cost does not depend on the log's size. The caller holds the folder's lock.
AuditTail audit_tail(FileSystem& files, const std::filesystem::path& folder, const AuditHead& head);

}  // namespace tributary
