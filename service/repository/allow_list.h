#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "agent/platform/file.h"

namespace tributary {

/// Which sites may deliver which streams, from a YAML file that is looked at again whenever it has changed: a site can
/// be shut out at once, whatever its certificate. Thread-safe.
class AllowList {
  public:
    /// With an empty path every site with a certificate may deliver everything. Throws ConfigurationError, Error if the
    /// file cannot be used.
    AllowList(FileSystem& files, std::filesystem::path file);

    /// Why the site may not deliver the stream; empty if it may. Throws as the constructor if the file has become
    /// unusable: then nobody may, until it is put right.
    std::string why_not(const std::string& site, const std::string& stream);

  private:
    using Streams = std::optional<std::set<std::string>>;  // nothing: all
    void read();

    FileSystem& files_;
    std::filesystem::path file_;
    std::mutex mutex_;
    std::optional<FileStamp> stamp_;  // of what sites_ was read from
    std::map<std::string, Streams> sites_;
};

}  // namespace tributary
