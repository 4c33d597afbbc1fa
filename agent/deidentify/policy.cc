#include "agent/deidentify/policy.h"

#include "agent/deidentify/policy_compiler.h"

namespace tributary {

std::shared_ptr<const CompiledPolicy> compile_policy(const YamlNode& document, const LinkageKeys& keys,
                                                     FileSystem& files, Diagnostics& diagnostics) {
    return PolicyCompiler(keys, files, diagnostics).compile(document);
}

}  // namespace tributary
