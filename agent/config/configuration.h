#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/diagnostic.h"
#include "agent/config/yaml_node.h"
#include "agent/schedule/schedule.h"
#include "agent/telemetry/log.h"

namespace tributary {

/// One stream of a source.
struct StreamConfiguration {
    std::string name;              ///< [a-z][a-z0-9_]{0,62}, unique in the whole configuration
    std::filesystem::path policy;  ///< resolved
    Location policy_location;
    std::string format = "ndjson";  ///< or "csv"
    YamlNode options;               ///< what the plugin takes for a stream; checked against its JSON Schema
    Location location;
};

struct SourceConfiguration {
    std::string name;    ///< [a-z][a-z0-9_]{0,62}
    std::string plugin;  ///< "csv"
    Schedule schedule = Schedule::watch(std::chrono::seconds(5));
    YamlNode options;  ///< the plugin's own; checked against its JSON Schema
    std::vector<StreamConfiguration> streams;
    Location location;
    Location plugin_location;
};

/// An HTTP proxy on the way to the repository.
struct ProxySettings {
    std::string url;                    ///< http://host:port
    std::string user;                   ///< empty: none is asked for
    std::string password;               ///< a reference, "file:PATH" or "env:NAME"; empty if there is no user
    std::vector<std::string> no_proxy;  ///< hosts that are reached without it, see is_among_hosts
    Location location;
};

struct RepositoryConfiguration {
    std::string url;                               ///< https://host[:port]; empty: by a folder
    std::filesystem::path directory;               ///< a folder that both sides reach; empty: by HTTPS
    std::string enrolment;                         ///< https://host[:port] of EST; empty: certificates come by hand
    std::filesystem::path authority;               ///< CA that the repository's TLS certificate must come from, PEM
    std::filesystem::path certificate;             ///< the site's, PEM (chain allowed)
    std::filesystem::path private_key;             ///< the site's, PEM, owner only
    std::filesystem::path encryption_certificate;  ///< chunks are sealed to it
    std::filesystem::path signing_certificate;     ///< receipts are verified with it
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds answer_timeout{60};
    std::optional<ProxySettings> proxy;
    std::map<std::string, Location> locations;  ///< of each path, by key, for messages
};

/// How much the queue may take of its disk. Sources pause at a limit, and nothing is thrown away.
struct QueueConfiguration {
    std::uint64_t quota = 64ULL << 30U;     ///< bytes of the queue file in use
    std::uint64_t keep_free = 1ULL << 30U;  ///< bytes of the disk left to others
    std::uint64_t reserve = 32ULL << 20U;   ///< bytes kept to store receipts with when the disk is full all the same
    /// Rows that trickle in wait for each other so long before they are sealed as one chunk.
    std::chrono::seconds open_chunk_age = std::chrono::minutes(1);
};

struct UploadConfiguration {
    Schedule schedule = Schedule::watch(std::chrono::seconds(5));
    DayWindows windows;
    unsigned connections = 4;                ///< chunks that are under way at once
    std::optional<std::uint64_t> bandwidth;  ///< bits a second, all connections together; no limit if left out
};

/// Whose approval of a policy counts.
struct ApproverConfiguration {
    std::filesystem::path certificate;  ///< PEM
    Location location;
};

/// `tributary.yaml` as typed values. Paths are resolved against the configuration file's folder.
struct Configuration {
    std::filesystem::path file;
    std::string site;                     ///< ODS code: [A-Z0-9]{2,12}
    std::filesystem::path data_folder;    ///< queue, lock
    std::filesystem::path plugin_folder;  ///< empty: where the program's own plugins are
    std::filesystem::path key_folder;     ///< linkage keys
    TimeZone time_zone = TimeZone::named("Europe/London");
    unsigned workers = 2;  ///< threads that de-identify and seal
    RepositoryConfiguration repository;
    QueueConfiguration queue;
    UploadConfiguration upload;
    bool require_approval = false;  ///< a policy runs only if one of the approvers has signed its hash
    std::vector<ApproverConfiguration> approvers;
    std::vector<SourceConfiguration> sources;
    LogConfiguration log;
};

/// Values from the command line or the environment that stand above the file's ("log.level" -> "debug"): any single
/// value of log, folders, repository, upload, workers and time_zone. Paths are resolved as the file's are.
using ConfigurationOverrides = std::map<std::string, std::string>;

/// Reads and checks the file alone (not the policies, plugins, keys and certificates that it names). All faults are
/// reported; what is returned is usable only if `diagnostics` has no errors.
Configuration load_configuration(const std::filesystem::path& file, const ConfigurationOverrides& overrides,
                                 Diagnostics& diagnostics);
/// The same from text; `file` gives the folder for paths and the name in messages.
Configuration read_configuration(const YamlNode& document, const std::filesystem::path& file,
                                 const ConfigurationOverrides& overrides, Diagnostics& diagnostics);

}  // namespace tributary
