#pragma once

#include <cstdint>
#include <functional>

#include "service/agent/installation.h"

namespace tributary {

/// Reads a stream's first rows beside the queue: nothing is committed, so nothing is taken, moved or remembered.
/// `visit` is given each batch and answers whether it wants more. Gives up after half a minute without an end. Throws
/// what the source and the policy throw; warnings go to the terminal.
void read_sample(const Installation& installation, const PreparedSource& prepared, std::uint32_t stream,
                 const std::function<bool(RecordBatch)>& visit);

}  // namespace tributary
