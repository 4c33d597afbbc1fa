#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/audit/audit_head.h"
#include "agent/keys/public_key.h"
#include "agent/platform/clock.h"
#include "agent/platform/file.h"

namespace tributary {

/// A head that was noted earlier, or that the repository was told of: the log must hold that very line.
struct AuditAnchor {
    std::uint64_t sequence = 0;
    std::string hash;
};

struct AuditVerification {
    enum class State {
        sound,
        unfinished,  ///< the last line was cut off as by a crash; it stands in the signed head, and the next event
                     ///< writes it
        broken       ///< something was edited, removed, put in or cut off, or was so at some time
    };
    State state = State::sound;
    std::vector<std::string> faults;  ///< "audit-000001.log:57: …", at most a hundred
    std::vector<std::string> notes;   ///< what is no fault but worth a look: a clock set back, a crash that was mended
    std::uint64_t lines = 0;
    std::optional<TimePoint> first;  ///< time of the first line
    std::optional<TimePoint> last;
    std::optional<AuditHead> head;  ///< if its signature is right
};

/// Verifies every line, the chain through all files, the head's signature, and that the log ends at the head.
/// `signers`: whose signatures count; the present key first, and those of earlier times for a log that tells of a
/// signer_changed. Takes the lock for the moment in which it looks at head and length, so it may run beside the agent;
/// a folder that it may not lock (a copy on a read-only disk) it reads all the same. Changes nothing but the lock file.
/// A folder without a log has the fault that there is none. Throws Error(storage, permission, in_use).
AuditVerification verify_audit_log(FileSystem& files, const std::filesystem::path& data_folder, Clock& clock,
                                   const std::vector<PublicKey>& signers, const std::vector<AuditAnchor>& anchors = {});

}  // namespace tributary
