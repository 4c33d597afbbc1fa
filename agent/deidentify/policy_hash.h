#pragma once

#include <map>
#include <string>

#include "agent/config/yaml_node.h"

namespace tributary {

/// SHA-256, hexadecimal, of a policy's canonical form: JSON with sorted keys, in which every rule is written out in
/// full (a bare word is an action without options, one rule is a list of one, defaults stand there), so that neither
/// comments nor ways of writing count. The order of the fields counts, since it is that of the columns. For documents
/// that compiled without errors. `files`: the SHA-256 of each file that the policy names; it counts as well.
std::string policy_hash(const YamlNode& document, const std::map<std::string, std::string>& files);

}  // namespace tributary
