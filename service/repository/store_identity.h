#pragma once

#include <filesystem>

#include "agent/platform/file.h"
#include "service/repository/ledger/ledger.h"

namespace tributary {

/// Where several processes share a ledger, all need the same store: one that looked into another folder (a file system
/// that is not mounted, say) would take chunks where the others do not find them. Throws Error(configuration) if the
/// folder is not the one that the ledger was first used with; its file `store-id` tells.
void hold_to_store(Ledger& ledger, FileSystem& files, const std::filesystem::path& store);

}  // namespace tributary
