#pragma once

#include "agent/deidentify/linkage_json.h"
#include "agent/deidentify/linkage_schema.h"

namespace tributary {

/// One element of a linkage schema's "features". Throws as LinkageJson does.
LinkageFeature read_linkage_feature(const LinkageJson& json);

}  // namespace tributary
