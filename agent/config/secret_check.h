#pragma once

#include <string>

#include "agent/config/yaml_node.h"

namespace tributary {

/// Reports a private key that was pasted into the document, wherever it stands. Never repeats it.
void check_for_secrets(const YamlNode& document, Diagnostics& diagnostics);

/// Reports each option named like a secret (password, token, ...) that holds something else than a reference,
/// "file:PATH" or "env:NAME".
void check_for_inline_secrets(const YamlNode& options, const std::string& what, Diagnostics& diagnostics);

}  // namespace tributary
