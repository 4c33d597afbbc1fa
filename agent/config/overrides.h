#pragma once

#include "agent/config/configuration.h"

namespace tributary {

/// The document with the overrides in it, each as if it had been written there; its place in messages is "setting
/// log.level". Only what may differ from computer to computer can be overridden: not the site, the sources and their
/// policies. Another name is an error with the nearest one. For agent/config.
YamlNode with_overrides(const YamlNode& document, const ConfigurationOverrides& overrides, Diagnostics& diagnostics);

}  // namespace tributary
