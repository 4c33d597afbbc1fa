#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/audit/audit_line.h"
#include "agent/platform/file.h"

namespace tributary {

/// Reading without verifying: what is no line of ours is passed over, and a line that is just being written is not
/// there yet. `data_folder` may have no log; then nothing is found. Throw Error(storage, permission).

/// The last `count` lines, the oldest first.
std::vector<AuditLine> last_audit_lines(FileSystem& files, const std::filesystem::path& data_folder, std::size_t count);

/// By stream, the policy's hash in its last policy_changed event.
std::map<std::string, std::string> last_audited_policies(FileSystem& files, const std::filesystem::path& data_folder);

}  // namespace tributary
