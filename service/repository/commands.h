#pragma once

#include <filesystem>

namespace tributary {

// The program's commands. Each returns the exit code and throws Error for what stops it.

int init_repository(const std::filesystem::path& folder);
int serve_repository(const std::filesystem::path& configuration);
/// Opens and lands what another process receives; `once`: until nothing waits.
int open_chunks(const std::filesystem::path& configuration, bool once);
int verify_repository(const std::filesystem::path& configuration);
int show_status(const std::filesystem::path& configuration);
int show_gaps(const std::filesystem::path& configuration, bool also_closed);
/// Runs that are not whole; `also_whole`: all of them.
int show_runs(const std::filesystem::path& configuration, bool also_whole);

}  // namespace tributary
