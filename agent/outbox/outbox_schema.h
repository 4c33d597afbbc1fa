#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/outbox/database.h"

namespace tributary {

/// Opens the queue file to write, making it (owner only) if it is missing. Throws Error: configuration (it belongs to
/// another site, to a newer version, or is no queue), corrupt, storage, permission.
std::unique_ptr<Database> open_outbox_to_write(const std::filesystem::path& file, const std::string& site);

/// Opens the queue file to read while another process may write. Error(not_found) if there is none; makes no file then.
std::unique_ptr<Database> open_outbox_to_read(const std::filesystem::path& file, const std::string& site);

}  // namespace tributary
