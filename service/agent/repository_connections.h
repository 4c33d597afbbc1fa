#pragma once

#include <memory>
#include <vector>

#include "agent/courier/transport.h"
#include "agent/platform/clock.h"
#include "service/agent/installation.h"

namespace tributary {

/// As many connections to the repository as the configuration says, with its proxy and its limit. Nothing is connected
/// yet. Throws Error(key) for certificates and keys that cannot be used.
std::vector<std::unique_ptr<Transport>> make_connections(const Installation& installation, Clock& clock);

}  // namespace tributary
