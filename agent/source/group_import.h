#pragma once

#include <memory>
#include <vector>

#include "agent/source/source.h"

namespace tributary {

/// Takes over what a plugin's `read` handed out, and checks it: streams in range, every stream with a schema before its
/// first batch, counts, sizes, marks, reasons, origins. `schemas` (one a stream, null while unknown) is brought up to
/// date. All Arrow structures of `from` are released or moved out, also when something is refused. Throws
/// Error(plugin).
Group import_group(TributaryGroup& from, const std::vector<SourceStream>& streams,
                   std::vector<std::shared_ptr<const Schema>>& schemas);

}  // namespace tributary
