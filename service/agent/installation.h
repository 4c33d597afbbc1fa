#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/config/configuration.h"
#include "agent/courier/receipt.h"
#include "agent/keys/certificate.h"
#include "agent/keys/key_store.h"
#include "agent/keys/linkage_key.h"
#include "agent/keys/site_keyring.h"
#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/source/source.h"
#include "agent/telemetry/log.h"
#include "service/agent/chunk_worker.h"

namespace tributary {

/// A source whose plugin, options and policies are all right: ready to be opened.
struct PreparedSource {
    const SourceConfiguration* configuration = nullptr;
    std::shared_ptr<const Plugin> plugin;
    std::string options;                       ///< JSON for the plugin
    std::vector<SourceStream> source_streams;  ///< for the plugin
    std::vector<StreamSetup> streams;          ///< for the pipeline, in the same order
};

/// The certificates and keys of the way to the repository.
struct Credentials {
    SiteKeyring site;
    Certificate encryption;
    ReceiptSigners signing;
};

/// A configuration with everything it names: policies compiled, plugins loaded, keys and certificates read. What is
/// wrong is in the diagnostics; what is right is usable: a source with a fault is not among `sources`, and the others
/// can run.
class Installation {
  public:
    /// Never throws for a fault of the configuration or of a file it names.
    static std::unique_ptr<Installation> load(const std::filesystem::path& file,
                                              const ConfigurationOverrides& overrides, FileSystem& files, Clock& clock,
                                              Diagnostics& diagnostics);

    const Configuration& configuration() const noexcept { return configuration_; }
    const LinkageKeys& keys() const noexcept { return keys_; }
    const std::vector<PreparedSource>& sources() const noexcept { return sources_; }
    /// None if one of them cannot be used.
    const std::optional<Credentials>& credentials() const noexcept { return credentials_; }
    /// Reads certificates and keys again, when they have been renewed. What cannot be used is in the diagnostics, and
    /// the credentials stay as they were. Nobody may use the installation meanwhile.
    void reload_credentials(FileSystem& files, Clock& clock, Diagnostics& diagnostics);
    /// The proxy's password; empty if it needs none.
    const std::string& proxy_password() const noexcept { return proxy_password_; }
    /// Who approved a stream's policy; empty if no approval is required.
    std::string approver(const std::string& stream) const;
    /// False if tributary.yaml itself is wrong; then nothing can run.
    bool configuration_usable() const noexcept { return configuration_usable_; }

    std::filesystem::path queue_file() const { return configuration_.data_folder / "queue.db"; }

    /// Opens a prepared source. `host.secret` is provided here. Throws Source::Failure; a fault of an option is turned
    /// into ConfigurationError with its place.
    std::unique_ptr<Source> open(const PreparedSource& source, SourceHost host) const;

  private:
    void load_keys(FileSystem& files, Diagnostics& diagnostics);
    void load_credentials(FileSystem& files, Clock& clock, Diagnostics& diagnostics);
    void load_proxy_password(FileSystem& files, Diagnostics& diagnostics);
    void load_approvers(FileSystem& files, Diagnostics& diagnostics);
    void prepare(const SourceConfiguration& source, FileSystem& files, Clock& clock, Diagnostics& diagnostics);
    void check_approval(const StreamConfiguration& stream, const CompiledPolicy& policy, FileSystem& files,
                        Clock& clock, Diagnostics& diagnostics);

    void check_companion(const CompiledPolicy& policy, Diagnostics& diagnostics);
    void check_key_uses(const CompiledPolicy& policy, Diagnostics& diagnostics);

    Configuration configuration_;
    std::set<std::string> companions_;         // streams of linkage encodings
    std::map<std::string, KeyUses> key_uses_;  // by stream
    bool configuration_usable_ = false;
    bool keys_usable_ = false;
    LinkageKeys keys_;
    std::vector<Certificate> approvers_;
    std::map<std::string, std::string> approver_of_;  // by stream
    std::optional<Credentials> credentials_;
    std::string proxy_password_;
    std::vector<PreparedSource> sources_;
};

/// The site's linkage keys: the configuration's folder, and systemd's credentials if $CREDENTIALS_DIRECTORY is set.
std::unique_ptr<KeyStore> open_key_store(const Configuration& configuration, FileSystem& files);

/// A policy's opt-outs as they are now; nothing if it asks for none. Throws as OptOutLists does.
std::shared_ptr<const OptOutList> current_opt_outs(const CompiledPolicy& policy);

/// A secret by reference: "file:PATH" (owner-only file, its last line end cut) or "env:NAME". None if it cannot be had.
std::optional<std::string> resolve_secret(FileSystem& files, const std::filesystem::path& base,
                                          const std::string& reference);

}  // namespace tributary
