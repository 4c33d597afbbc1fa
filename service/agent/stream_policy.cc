#include "service/agent/stream_policy.h"

#include "agent/keys/key_store.h"
#include "service/agent/installation.h"
#include "service/agent/report.h"

namespace tributary {
namespace {

const StreamConfiguration& stream_named(const Configuration& configuration, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& source : configuration.sources) {
        for (const auto& stream : source.streams) {
            if (stream.name == name) {
                return stream;
            }
            names.push_back(stream.name);
        }
    }
    const auto meant = nearest(name, names);
    throw Error(ErrorCode::not_found, "the configuration has no stream of that name" +
                                          (meant ? "; did you mean '" + *meant + "'?" : std::string()));
}

}  // namespace

StreamPolicy stream_policy(const CommandLine& line) {
    Diagnostics diagnostics;
    StreamPolicy found;
    found.configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    const auto& stream = stream_named(found.configuration, line.arguments.front());
    found.file = stream.policy;
    found.keys = load_linkage_keys(*open_key_store(found.configuration, system_files()));
    found.policy = compile_policy(parse_yaml_file(stream.policy.string()), found.keys, system_files(), diagnostics);
    if (found.policy && found.policy->stream() != stream.name) {
        diagnostics.error(stream.policy_location, "the policy is for stream '" + found.policy->stream() +
                                                      "', and stream '" + stream.name + "' names it");
    }
    diagnostics.throw_if_errors();
    return found;
}

}  // namespace tributary
