#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/platform/shared_library.h"
#include "plugins/sdk/tributary_plugin.h"

namespace tributary {

/// A loaded plugin: its table of functions and the library that holds them. May be shared between threads; outlives its
/// sources.
class Plugin {
  public:
    /// Loads `<folder>/tributary_plugin_<name>.so|.dll`. The name is [a-z0-9_]; the file must lie in the folder itself
    /// (no link out of it), be trusted code (agent/platform/access.h), state the host's ABI version and a size that
    /// holds every function this host calls. Throws Error(plugin) or Error(permission) or Error(not_found), naming the
    /// file and what to do.
    static std::shared_ptr<const Plugin> load(const std::filesystem::path& folder, const std::string& name);

    /// Checks a table as load does; for a plugin that is linked in (tests).
    static std::shared_ptr<const Plugin> from_table(const TributaryPlugin* table, const std::string& name);

    /// The names of the plugins in a folder.
    static std::vector<std::string> available(const std::filesystem::path& folder);

    const TributaryPlugin& table() const noexcept { return *table_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& version() const noexcept { return version_; }
    const std::string& options_schema() const noexcept { return options_schema_; }
    const std::string& stream_options_schema() const noexcept { return stream_options_schema_; }

  private:
    Plugin() = default;
    std::shared_ptr<const SharedLibrary> library_;
    const TributaryPlugin* table_ = nullptr;
    std::string name_;
    std::string version_;
    std::string options_schema_;
    std::string stream_options_schema_;
};

}  // namespace tributary
