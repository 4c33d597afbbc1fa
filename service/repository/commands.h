#pragma once

#include <filesystem>
#include <string>

namespace tributary {

// The program's commands. Each returns the exit code and throws Error for what stops it.

int init_repository(const std::filesystem::path& folder);
int serve_repository(const std::filesystem::path& configuration);
/// Opens and lands what another process receives; `once`: until nothing waits.
int open_chunks(const std::filesystem::path& configuration, bool once);
int verify_repository(const std::filesystem::path& configuration);
int show_status(const std::filesystem::path& configuration);
int show_gaps(const std::filesystem::path& configuration, bool also_closed);
/// Nobody waits any more for what is missing of a stream.
int settle_stream(const std::filesystem::path& configuration, const std::string& site, const std::string& stream,
                  const std::string& reason);
/// Runs that are not whole; `also_whole`: all of them.
int show_runs(const std::filesystem::path& configuration, bool also_whole);
/// Prints a token with which a site gets its first certificate.
int make_token(const std::filesystem::path& configuration, const std::string& site);
/// With an empty fingerprint: every certificate that the site has up to now.
int revoke_certificates(const std::filesystem::path& configuration, const std::string& site,
                        const std::string& fingerprint, const std::string& reason);
int show_certificates(const std::filesystem::path& configuration);

}  // namespace tributary
