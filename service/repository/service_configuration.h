#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/diagnostic.h"
#include "agent/config/yaml_node.h"
#include "agent/telemetry/log.h"
#include "service/repository/intake.h"
#include "service/repository/ledger/ledger_location.h"

namespace tributary {

/// Where to listen.
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
};

/// Where and how sites get their certificates.
struct EnrolmentConfiguration {
    ListenAddress listen;
    std::filesystem::path certificate;  ///< of the authority that issues them
    std::filesystem::path private_key;
    std::chrono::hours lifetime{24 * 90};
};

/// A key pair that the repository had before.
struct EarlierKey {
    std::filesystem::path certificate;
    std::filesystem::path private_key;  ///< may be empty where signatures are only verified
};

/// repository.yaml as typed values. Paths are resolved against the file's folder.
struct ServiceConfiguration {
    std::filesystem::path store;
    std::filesystem::path landing;
    LedgerLocation ledger;
    std::string host;  ///< address to listen on
    std::uint16_t port = 8443;
    std::filesystem::path authority;  ///< PEM; sites' certificates must come from it
    std::filesystem::path certificate;
    std::filesystem::path private_key;
    std::filesystem::path signing_certificate;
    std::filesystem::path signing_key;
    std::vector<EarlierKey> earlier_signing_keys;
    std::filesystem::path encryption_certificate;  ///< empty: sites are told of none
    std::filesystem::path decryption_key;          ///< empty: chunks are opened elsewhere
    std::vector<EarlierKey> earlier_decryption_keys;
    std::filesystem::path sites;  ///< which may deliver what; empty: all that have a certificate
    IntakeLimits limits;
    int connections = 32;
    std::size_t connections_per_site = 16;  ///< and as many of an address that have not shown a certificate
    std::size_t uploads_per_site = 64;      ///< begun and not finished
    std::chrono::seconds timeout{30};       ///< without a byte from a client
    std::optional<ListenAddress> metrics;   ///< on this computer alone
    std::optional<EnrolmentConfiguration> enrolment;
    std::vector<std::filesystem::path> directories;  ///< from which chunks are taken too
    LogConfiguration log;
};

/// All faults go to `diagnostics`; the result is usable only without errors. `file` gives the folder for paths.
ServiceConfiguration read_service_configuration(const YamlNode& document, const std::filesystem::path& file,
                                                Diagnostics& diagnostics);
/// Reads the file; throws ConfigurationError with every fault.
ServiceConfiguration load_service_configuration(const std::filesystem::path& file);

/// The commented example that `tributary-repository init` writes.
std::string example_service_configuration();

}  // namespace tributary
