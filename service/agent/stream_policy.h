#pragma once

#include <filesystem>
#include <memory>

#include "agent/config/configuration.h"
#include "agent/deidentify/policy.h"
#include "agent/keys/linkage_key.h"
#include "service/agent/command_line.h"

namespace tributary {

/// One stream's policy, compiled, with what it was compiled of.
struct StreamPolicy {
    Configuration configuration;
    LinkageKeys keys;
    std::filesystem::path file;
    std::shared_ptr<const CompiledPolicy> policy;
};

/// Of the stream that the first argument names; neither the site's certificate nor the plugin need be there. Throws
/// ConfigurationError, and Error(not_found) with the nearest name for a stream that there is not.
StreamPolicy stream_policy(const CommandLine& line);

}  // namespace tributary
