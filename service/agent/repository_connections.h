#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/configuration.h"
#include "agent/courier/https_peer.h"
#include "agent/courier/transport.h"
#include "agent/platform/clock.h"
#include "service/agent/installation.h"

namespace tributary {

/// The proxy on the way to an address of the repository; nothing if there is none.
std::optional<ProxyConfiguration> proxy_to(const std::string& url, const RepositoryConfiguration& repository,
                                           const std::string& password);

/// Where the repository is: its address, or the folder that both sides reach.
std::string place_of(const RepositoryConfiguration& repository);

/// As many connections to the repository as the configuration says, with its proxy and its limit; or the one way by a
/// folder. Nothing is connected yet. Throws Error(key) for certificates and keys that cannot be used.
std::vector<std::unique_ptr<Transport>> make_connections(const Installation& installation, Clock& clock);

}  // namespace tributary
